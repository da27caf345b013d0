// SPDX-License-Identifier: Apache-2.0

/// A closure that can be kept in a `Mutex`.
///
/// A closure that stands there by itself is wrapped anew, twice, each time the lock hands it out and takes it back: it
/// grows with every use, in memory and in time.
struct Deed<Input>: Sendable {
    let body: @Sendable (Input) -> Void

    init(_ body: @escaping @Sendable (Input) -> Void) { self.body = body }

    func callAsFunction(_ input: Input) { body(input) }
}
