// SPDX-License-Identifier: Apache-2.0

extension SeedGoods {
    private static let colours = Choice(
        name: "Colour", values: ["Black", "Slate Blue", "Ivory", "Forest Green", "Rust"])

    /// Electronics and what hangs on them.
    static let electronics = [
        SeedGoods(
            category: "headphones", nouns: ["Over-Ear Headphones", "Neckband", "Earbuds", "On-Ear Headphones"],
            traits: ["Wireless", "Noise Cancelling", "Deep Bass", "Studio", "Low Latency", "Foldable"],
            choices: [colours], rupees: 799...8999, hsn: "85183019", gst: 1800, grams: 40...320,
            materials: ["ABS", "Aluminium", "Silicone"]),
        SeedGoods(
            category: "speakers", nouns: ["Bluetooth Speaker", "Soundbar", "Bookshelf Speaker", "Party Speaker"],
            traits: ["Portable", "Waterproof", "Stereo", "Compact", "Rechargeable", "Surround"],
            choices: [Choice(name: "Power", values: ["10 W", "20 W", "40 W", "80 W"], step: 45)], rupees: 1199...6999,
            hsn: "85182100", gst: 1800, grams: 350...4200, materials: ["ABS", "MDF", "Fabric"]),
        SeedGoods(
            category: "chargers-and-cables", nouns: ["USB-C Cable", "Wall Charger", "Car Charger", "Charging Dock"],
            traits: ["Braided", "Fast", "Dual Port", "Pocket", "Magnetic", "Surge Protected"],
            choices: [Choice(name: "Length", values: ["0.5 m", "1 m", "2 m", "3 m"], step: 20)], rupees: 149...1799,
            hsn: "85444299", gst: 1800, grams: 30...220, materials: ["Nylon", "Copper", "Polycarbonate"], sale: .tiered),
        SeedGoods(
            category: "power-banks", nouns: ["Power Bank", "Solar Power Bank", "Magnetic Power Bank"],
            traits: ["Slim", "Fast Charging", "Rugged", "Three Port", "Digital Display", "Travel"],
            choices: [Choice(name: "Capacity", values: ["5000 mAh", "10000 mAh", "20000 mAh", "30000 mAh"], step: 40)],
            rupees: 699...2499, hsn: "85076000", gst: 1800, grams: 120...520, materials: ["Aluminium", "ABS"]),
        SeedGoods(
            category: "keyboards-and-mice", nouns: ["Mechanical Keyboard", "Wireless Mouse", "Keyboard and Mouse Set"],
            traits: ["Silent", "Ergonomic", "Backlit", "Compact", "Programmable", "Rechargeable"],
            choices: [colours], rupees: 449...6499, hsn: "84716060", gst: 1800, grams: 70...1100,
            materials: ["ABS", "PBT", "Aluminium"]),
        SeedGoods(
            category: "storage", nouns: ["Portable SSD", "Pen Drive", "Memory Card", "External Hard Disk"],
            traits: ["Rugged", "High Speed", "Encrypted", "Metal", "Compact", "Shock Proof"],
            choices: [Choice(name: "Capacity", values: ["128 GB", "256 GB", "512 GB", "1 TB"], step: 65)],
            rupees: 549...3999, hsn: "84717020", gst: 1800, grams: 5...240, materials: ["Aluminium", "ABS", "Zinc"]),
    ]
}
