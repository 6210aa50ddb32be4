// SPDX-License-Identifier: Apache-2.0

/// Makes HTML of a text with marked matches: `<mark>` around them, and nothing else of it is markup.
enum Highlight {
    static func html(_ marked: String) -> String {
        var html = ""
        var isOpen = false
        for scalar in marked.unicodeScalars {
            switch scalar {
            case SearchHit.markStart where !isOpen:
                html += "<mark>"
                isOpen = true
            case SearchHit.markEnd where isOpen:
                html += "</mark>"
                isOpen = false
            // Marks that stood in the text itself.
            case SearchHit.markStart, SearchHit.markEnd: break
            case "&": html += "&amp;"
            case "<": html += "&lt;"
            case ">": html += "&gt;"
            case "\"": html += "&quot;"
            case "'": html += "&#39;"
            default: html.unicodeScalars.append(scalar)
            }
        }
        return isOpen ? html + "</mark>" : html
    }
}
