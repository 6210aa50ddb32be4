// SPDX-License-Identifier: Apache-2.0

/// How hard and how long, for any scenario.
struct LoadSettings: Sendable {
    var target: LoadTarget
    /// Requests in flight at most, each on a connection of its own.
    var connections = 64
    /// Measured seconds; preparing does not count.
    var duration = Duration.seconds(10)
    /// Requests a second of an open loop; nil sends as soon as a connection is free.
    var rate: Double?
    /// Measured requests at most; nil: as many as the time allows.
    var requestsMax: Int?
    /// Things to prepare before the clock starts, instead of what the scenario says: keys to replay, payments to tell of.
    var preparedMax: Int?
    /// A server of the same shop that places the orders whose keys are replayed on the target.
    var prepareTarget: LoadTarget?
    /// Orders are made of the carts as they are, each buyer's once.
    var isPrefilled = false
    /// After this a request has failed and its connection is closed. More than the server's own deadlines, so that its
    /// answer is seen first.
    var timeout = Duration.seconds(30)
    /// How long unanswered orders are asked for again at the end.
    var resolveTimeout = Duration.seconds(60)
    /// How long a run waits before it begins until the events of those before it are published; nil: it begins at once.
    var drainMax: Duration?
    var serverPID: Int32?
}

/// Where a run's lines go while it works.
typealias Say = @Sendable (String) -> Void
