// SPDX-License-Identifier: Apache-2.0

/// Why a journal could not commit, by what the caller has to do about it (hot path rule 14).
public enum JournalError: Error, Sendable, Equatable {
    /// The last, guarded update found less than the judgement had promised (MP002): resend the same batch.
    case short
    /// Serialization failure or deadlock (40001, 40P01): resend whole, jittered, bounded.
    case conflict
    /// A row of this batch can never be written (22xxx, 23xxx): find it by halves, spare its neighbours.
    case data(String)
    /// A lock or statement time-out (55P03, 57014): split; the stuck SKU must not stop the others.
    case stuck
    /// The reply was lost (08xxx, 57P0x, a broken socket): it may be committed; resend unchanged on a new connection.
    case unknownOutcome
    /// Nothing was sent: no connection in time, or a server that takes no writes (25006, 53xxx).
    case unavailable
    /// A mistake of ours that resending cannot cure; the text is for the log.
    case fault(String)
}
