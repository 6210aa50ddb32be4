// SPDX-License-Identifier: Apache-2.0

extension SeedGoods {
    /// Kitchen, house and workshop.
    static let home = [
        SeedGoods(
            category: "kadais-and-pans", nouns: ["Kadai", "Tawa", "Frying Pan", "Sauce Pan", "Appachatty"],
            traits: ["Cast Iron", "Tri-Ply", "Hard Anodised", "Granite Coated", "Hammered", "Induction"],
            choices: [Choice(name: "Size", values: ["20 cm", "24 cm", "28 cm", "32 cm"], step: 18)], rupees: 499...3499,
            hsn: "73239390", gst: 1200, grams: 700...3400, materials: ["Cast iron", "Stainless steel", "Aluminium"]),
        SeedGoods(
            category: "pressure-cookers", nouns: ["Pressure Cooker", "Pressure Pan", "Handi Cooker"],
            traits: ["Outer Lid", "Inner Lid", "Stainless Steel", "Hard Anodised", "Contura", "Induction"],
            choices: [Choice(name: "Volume", values: ["2 L", "3 L", "5 L", "7.5 L"], step: 24)], rupees: 899...3299,
            hsn: "76151030", gst: 1200, grams: 1300...4200, materials: ["Stainless steel", "Aluminium"]),
        SeedGoods(
            category: "dinnerware", nouns: ["Dinner Set", "Thali Set", "Bowl Set", "Serving Platter", "Mug Set"],
            traits: ["Stoneware", "Bone China", "Kansa", "Hand Painted", "Matte Glazed", "Blue Pottery"],
            choices: [Choice(name: "Pieces", values: ["2", "4", "6", "12"], step: 55)], rupees: 349...2799,
            hsn: "69120010", gst: 1200, grams: 400...6200, materials: ["Stoneware", "Bronze", "Porcelain"]),
        SeedGoods(
            category: "bedding", nouns: ["Bedsheet Set", "Comforter", "Pillow Pair", "Jaipuri Razai", "Blanket"],
            traits: ["Block Printed", "300 Thread Count", "Jacquard", "Quilted", "Microfibre", "Handloom"],
            choices: [
                Choice(name: "Size", values: ["Single", "Double", "King"], step: 35),
                Choice(name: "Colour", values: ["Indigo", "Madder Red", "Mustard", "Sage"]),
            ], rupees: 599...3999, hsn: "63041990", gst: 500, grams: 600...3800,
            materials: ["Cotton", "Microfibre", "Wool"]),
        SeedGoods(
            category: "home-decor", nouns: ["Table Lamp", "Wall Hanging", "Brass Diya", "Vase", "Photo Frame Set"],
            traits: ["Dhokra", "Handcrafted", "Terracotta", "Warli", "Minimal", "Antique Finish"],
            choices: [Choice(name: "Finish", values: ["Natural", "Antique Gold", "Black", "White"])],
            rupees: 249...4499,
            hsn: "83062910", gst: 1200, grams: 200...2600, materials: ["Brass", "Terracotta", "Mango wood", "Jute"]),
        SeedGoods(
            category: "yoga", nouns: ["Yoga Mat", "Yoga Block Pair", "Meditation Cushion", "Resistance Band Set"],
            traits: ["Anti-Skid", "Cork", "Natural Rubber", "Extra Thick", "Travel", "Alignment"],
            choices: [Choice(name: "Colour", values: ["Plum", "Teal", "Charcoal", "Saffron"])], rupees: 299...2999,
            hsn: "95069190", gst: 1200, grams: 250...2400, materials: ["Natural rubber", "Cork", "TPE"]),
        SeedGoods(
            category: "cricket", nouns: ["Cricket Bat", "Batting Gloves", "Leather Ball", "Batting Pads", "Kit Bag"],
            traits: ["Kashmir Willow", "English Willow", "Club", "Tournament", "Academy", "Lightweight"],
            choices: [Choice(name: "Size", values: ["Youth", "Harrow", "Short Handle", "Long Handle"], step: 12)],
            rupees: 349...6999, hsn: "95069920", gst: 1200, grams: 160...1900, materials: ["Willow", "Leather", "PVC"]),
        SeedGoods(
            category: "safety-gear",
            nouns: ["Safety Helmet", "Cut Resistant Gloves", "Safety Goggles", "Reflective Vest"],
            traits: ["Ratchet", "Level 5", "Anti-Fog", "High Visibility", "Ventilated", "Heavy Duty"],
            choices: [Choice(name: "Size", values: ["S", "M", "L", "XL"])], rupees: 89...899, hsn: "65061090",
            gst: 1800,
            grams: 40...480, materials: ["HDPE", "Nitrile", "Polycarbonate", "Polyester"], sale: .packs(of: 10)),
    ]
}
