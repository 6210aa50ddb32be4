// SPDX-License-Identifier: Apache-2.0
public import Actors
public import Postgres

extension JournalError {
    /// The class of a database error, which decides what a batch does about it (hot path rule 14).
    ///
    /// What was surely not executed is never `unknownOutcome`: it may be given back to the client as 503.
    public init(_ error: PostgresError) {
        // MP002: the last, guarded update of a checkout function came out short.
        if error.sqlstate == "MP002" {
            self = .short
            return
        }
        switch error.errorClass {
        case .serialization:
            self = .conflict
        case .constraint:
            self = .data(error.constraint ?? error.sqlstate ?? error.code.rawValue)
        case .lockTimeout:
            self = .stuck
        case .canceled:
            // 57014 comes from the server and means that it rolled back; our own cancellation may have come too late.
            switch (error.sqlstate, error.outcome) {
            case (.some, _): self = .stuck
            case (nil, .notExecuted): self = .unavailable
            case (nil, .unknown): self = .unknownOutcome
            }
        case .connectionLost:
            self = error.outcome == .unknown ? .unknownOutcome : .unavailable
        case .readOnly, .resources:
            self = .unavailable
        case .other:
            self = .fault(error.description)
        }
    }
}

extension JournalError {
    /// Sorts whatever a store's body threw: a database error by its class, our own as it is.
    public init(_ error: any Error) {
        switch error {
        case let error as JournalError: self = error
        // MP001: a target occurs twice in a batch; alone each message is fine, so it is split like a bad row.
        case let error as PostgresError where error.sqlstate == "MP001": self = .data("MP001")
        case let error as PostgresError: self = JournalError(error)
        default: self = .fault("\(error)")
        }
    }
}
