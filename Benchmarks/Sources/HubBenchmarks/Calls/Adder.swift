// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import ProcessHub

/// The process that is called: the same work as the floors' actors and servers do.
distributed actor Adder: HubProcess {
    struct Arguments: Codable, Sendable { var start = 0 }
    private var count: Int

    init(_ arguments: Arguments, actorSystem: HubActorSystem) {
        self.actorSystem = actorSystem
        count = arguments.start
    }

    distributed func increment(by n: Int) -> Int {
        count &+= n
        return count
    }

    distributed func take(_ bytes: [UInt8]) -> Int { bytes.count }
}
