// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a review, in the eyes of whoever reports it; what moderators usually choose from.
enum ReviewReason: String, Sendable, CaseIterable {
    case spam, offensive, fake, illegal, other
    case offTopic = "off_topic"
    case personalData = "personal_data"
}
