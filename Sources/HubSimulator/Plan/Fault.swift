// SPDX-License-Identifier: Apache-2.0

/// One thing that goes wrong, or that an operator does, at one time. Nodes are named by their seat: 0 is `a`.
///
/// What lasts says for how long; `nil` is until something ends it.
package enum Fault: Hashable, Sendable {
    /// The process ends; its address refuses until it is started again, as a new incarnation.
    case crash(Int, backAfter: Time?)
    /// The machine is gone with its process: nothing answers at its address.
    case vanish(Int, backAfter: Time?)
    /// The process stands still; its clock and its sockets go on.
    case pause(Int, for: Time?)
    /// The process gets a twentieth of its time.
    case slow(Int, for: Time?)
    /// Nothing gets from one to the other; `both` ways or one.
    case cut(Int, Int, both: Bool, for: Time?)
    /// These on one side, everybody else on the other.
    case split([Int], for: Time?)
    /// Somebody's firewall: the connections between two break, and each is refused where it dials the other.
    case reject(Int, Int, for: Time?)
    /// The connections between two break.
    case sever(Int, Int)
    /// More machine messages are lost, everywhere.
    case lose(perMillion: UInt64, for: Time)
    /// More machine messages arrive twice.
    case double(perMillion: UInt64, for: Time)
    /// Everything takes longer.
    case delay(by: Time, for: Time)
    /// The wall clock of a node is moved.
    case jump(Int, byMilliseconds: Int64)
    case drain(Int)
    /// The node is asked to leave, and started again afterwards, perhaps.
    case leave(Int, backAfter: Time?)
    /// The process of a seat is started, unless it runs.
    case start(Int)
    /// Somebody starts another process with the name of this node.
    case twin(of: Int)
    /// Discovery finds the address of another node.
    case find(Int, address: Int)
    case startHub(Int, Int)
    case stopHub(Int, Int)
    /// Ends what stands in the way of two, or of all.
    case heal(Int, Int)
    case healAll
    case resume(Int)
}

/// A fault and its time.
package struct Planned: Hashable, Sendable {
    package var time: Time
    package var fault: Fault

    package init(_ time: Time, _ fault: Fault) {
        self.time = time
        self.fault = fault
    }
}
