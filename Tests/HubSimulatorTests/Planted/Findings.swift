// SPDX-License-Identifier: Apache-2.0

/// Which seed found each planted bug first, counted from 1.
enum Findings {
    static let seeds: [PlantedBug: UInt64] = [
        .timersBeforeMessages: 2,
        .everyoneSettlesAnew: 23,
        .deadAreForgotten: 5,
        .deafToItsOwnDeath: 4,
        .suspicionTakenForDeath: 1,
        .neverRefutes: 1,
        .oneWitnessIsEnough: 10,
        .hastySuspicion: 1,
        .leaveTakenForDeath: 4,
        .connectedIsMember: 1,
        .versionsBeginAgain: 4,
        .neverDoubts: 4,
        .companionsDoNotCount: 99,
        .hubsAreForgotten: 37,
        .nothingIsRepeated: 1,
        .oldConnectionIsRead: 4,
        .orderOfADictionary: 2,
    ]
}
