// SPDX-License-Identifier: Apache-2.0

extension SeedGoods {
    private static let shirtSizes = Choice(name: "Size", values: ["S", "M", "L", "XL", "XXL"])
    private static let cloth = Choice(name: "Colour", values: ["White", "Navy", "Olive", "Maroon", "Ochre"])

    /// What is worn, eaten and used up.
    static let daily = [
        SeedGoods(
            category: "shirts", nouns: ["Casual Shirt", "Formal Shirt", "Linen Shirt", "Oxford Shirt"],
            traits: ["Slim Fit", "Regular Fit", "Mandarin Collar", "Checked", "Handloom", "Half Sleeve"],
            choices: [shirtSizes, cloth], rupees: 599...2799, hsn: "62052000", gst: 500, grams: 180...320,
            materials: ["Cotton", "Linen", "Khadi"]),
        SeedGoods(
            category: "t-shirts", nouns: ["T-Shirt", "Polo T-Shirt", "Henley", "Oversized T-Shirt"],
            traits: ["Crew Neck", "Graphic", "Organic Cotton", "Striped", "Waffle Knit", "Dry Fit"],
            choices: [shirtSizes, cloth], rupees: 299...1299, hsn: "61091000", gst: 500, grams: 140...240,
            materials: ["Cotton", "Modal", "Polyester"], sale: .tiered),
        SeedGoods(
            category: "kurtas", nouns: ["Kurta", "Kurta Set", "Anarkali Kurta", "Short Kurti"],
            traits: ["Chikankari", "Block Printed", "A-Line", "Embroidered", "Straight Cut", "Ajrakh"],
            choices: [shirtSizes, cloth], rupees: 499...3499, hsn: "62114299", gst: 500, grams: 200...520,
            materials: ["Cotton", "Rayon", "Chanderi"]),
        SeedGoods(
            category: "sarees", nouns: ["Saree", "Silk Saree", "Cotton Saree", "Half Saree"],
            traits: ["Kanjivaram", "Ikat", "Jamdani", "Banarasi", "Chanderi", "Bandhani"],
            choices: [Choice(name: "Colour", values: ["Peacock", "Vermilion", "Turmeric", "Rose", "Emerald"])],
            rupees: 899...14999, hsn: "50072010", gst: 500, grams: 380...900, materials: ["Silk", "Cotton", "Tussar"]),
        SeedGoods(
            category: "footwear", nouns: ["Kolhapuri Chappal", "Running Shoes", "Mojari", "Sandals", "Loafers"],
            traits: ["Handstitched", "Cushioned", "Leather", "Vegan Leather", "Lightweight", "All Day"],
            choices: [Choice(name: "Size", values: ["UK 6", "UK 7", "UK 8", "UK 9", "UK 10"])], rupees: 449...4999,
            hsn: "64039990", gst: 1800, grams: 360...980, materials: ["Leather", "Mesh", "Canvas"]),
        SeedGoods(
            category: "skin-care",
            nouns: ["Face Wash", "Moisturiser", "Sunscreen", "Ubtan", "Face Serum", "Body Lotion"],
            traits: ["Neem", "Saffron", "Aloe Vera", "Vitamin C", "Turmeric", "Rose Water"],
            choices: [Choice(name: "Volume", values: ["50 ml", "100 ml", "200 ml"], step: 60)], rupees: 129...899,
            hsn: "33049910", gst: 1800, grams: 70...320, materials: ["Plant based"]),
        SeedGoods(
            category: "hair-care", nouns: ["Hair Oil", "Shampoo", "Conditioner", "Hair Mask", "Hair Serum"],
            traits: ["Bhringraj", "Onion", "Amla", "Coconut Milk", "Hibiscus", "Rosemary"],
            choices: [Choice(name: "Volume", values: ["100 ml", "200 ml", "400 ml"], step: 55)], rupees: 149...799,
            hsn: "33051090", gst: 1800, grams: 120...480, materials: ["Plant based"]),
        SeedGoods(
            category: "tea-and-coffee",
            nouns: ["Assam Tea", "Darjeeling Tea", "Filter Coffee", "Masala Chai", "Green Tea"],
            traits: ["First Flush", "Single Estate", "CTC", "Monsooned", "Organic", "Hand Rolled"],
            choices: [Choice(name: "Weight", values: ["100 g", "250 g", "500 g", "1 kg"], step: 85)], rupees: 119...749,
            hsn: "09023020", gst: 500, grams: 110...1050, materials: ["Leaf", "Bean"], sale: .tiered),
        SeedGoods(
            category: "spices",
            nouns: ["Turmeric Powder", "Garam Masala", "Black Pepper", "Cardamom", "Sambar Powder"],
            traits: ["Stone Ground", "Lakadong", "Malabar", "Sun Dried", "Organic", "Small Batch"],
            choices: [Choice(name: "Weight", values: ["50 g", "100 g", "250 g", "500 g"], step: 70)], rupees: 49...499,
            hsn: "09103020", gst: 500, grams: 55...540, materials: ["Whole", "Ground"], sale: .tiered),
        SeedGoods(
            category: "dry-fruits",
            nouns: ["Almonds", "Cashews", "Walnut Kernels", "Raisins", "Medjool Dates", "Figs"],
            traits: ["Premium", "Kashmiri", "Jumbo", "Roasted", "Unsalted", "Handpicked"],
            choices: [Choice(name: "Weight", values: ["200 g", "400 g", "800 g"], step: 90)], rupees: 179...1099,
            hsn: "08021200", gst: 1200, grams: 210...860, materials: ["Whole"]),
        SeedGoods(
            category: "notebooks", nouns: ["Notebook", "Spiral Notebook", "Journal", "Sketchbook", "Planner"],
            traits: ["Ruled", "Dotted", "Handmade Paper", "Hardbound", "Recycled", "Cloth Bound"],
            choices: [Choice(name: "Pages", values: ["96", "192", "288"], step: 45)], rupees: 49...599, hsn: "48202000",
            gst: 1200, grams: 110...640, materials: ["Paper", "Cotton rag"], sale: .packs(of: 5)),
        SeedGoods(
            category: "pens", nouns: ["Ball Pen", "Gel Pen", "Fountain Pen", "Marker", "Brush Pen"],
            traits: ["Smooth Flow", "Fine Tip", "Refillable", "Quick Dry", "Metal Body", "Pastel"],
            choices: [Choice(name: "Ink", values: ["Blue", "Black", "Red", "Green"])], rupees: 10...349,
            hsn: "96081019",
            gst: 1800, grams: 8...40, materials: ["Plastic", "Brass"], sale: .packs(of: 10)),
    ]

    /// All kinds of goods, in a fixed order.
    static let all = electronics + home + daily
}
