// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What the world does at a time.
enum Happening {
    /// A fault of the plan.
    case planned(Int)
    /// Something that lasted may be over.
    case over(Over)
    /// The driver of a process gets its turn.
    case wake(Int)
    /// A dial gets to the machine it is for, or is tried again.
    case reaches(WireRef)
    /// A dialed connection stands, or the reason why not.
    indirect case dialed(WireRef, DialFault?)
    case arrives(WireRef, StreamItem)
    case message(WireRef, [UInt8])
    /// An end looks whether it has heard anything.
    case listens(WireRef)
    /// The handshake has had its time.
    case late(WireRef)
    /// An end notices that the connection is broken.
    case noticed(WireRef)
    case starts(Int)
    /// Somebody must have noticed something by now.
    case due(Int)
    /// Of two processes with one name, since when there are two, one has given way by now.
    case twinDue(Int, Int, since: Time)
    /// A second process with a node's name has had its time.
    case twinEnds(Int, Int)
    /// Children are looked after.
    case looks
    /// A caller of a scenario asks for something.
    case asked(Int)
    /// A scenario expects something.
    case expected(Int)
    /// Everybody should agree by now, unless something happened since this disturbance.
    case settled(UInt64)
    /// And every child should run where it belongs.
    case hubsSettled(UInt64)

    enum Over {
        case pause(Int)
        case link(Int, Int)
    }
}
