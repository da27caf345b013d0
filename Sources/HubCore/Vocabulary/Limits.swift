// SPDX-License-Identifier: Apache-2.0

/// Every bound of the system, by name. Reaching one is an event with a name, never unbounded memory.
package enum Limits {
    // Names.
    package static let nameBytes = 255
    /// What is shown of a text from outside in a log line or an error.
    package static let shownBytes = 256

    // The wire.
    /// A frame after the handshake, without its length field.
    package static let frameBytes = 1 << 20
    /// A frame before the peer was admitted.
    package static let handshakeFrameBytes = 4 << 10
    /// What the writer hands to the channel at a time: what the channel holds can no longer be overtaken.
    package static let writeSliceBytes = 128 << 10
    /// What a thread that sends one frame alone writes itself.
    package static let directWriteBytes = 4 << 10
    /// Messages of one batch that the thread of a hub's machine writes itself; more are written together by the loops.
    package static let directSends = 2
    /// Outbound bytes that may wait on one connection before callers hear `overloaded`.
    package static let outboundBytes = 64 << 20
    /// One piece of a bulk transfer.
    package static let bulkChunkBytes = 256 << 10
    /// Methods that one connection may number.
    package static let methodsPerConnection = 65_536
    /// What a refusal or a goodbye says to people.
    package static let refusalTextBytes = 512
    /// What a failure that crosses the wire says to people.
    package static let errorTextBytes = 8 << 10
    /// The name of an error's type.
    package static let errorTypeBytes = 1_024
    /// Connections that were accepted and have not yet been admitted.
    package static let pendingHandshakes = 192
    /// What a peer may send until it is admitted, TLS included.
    package static let preAdmissionBytes = 64 << 10
    package static let handshakeTime: Duration = .seconds(5)

    // Values.
    package static let valueDepth = 64
    package static let valueElements = 1 << 20
    package static let valueBytes = 256 << 20

    // Calls.
    package static let callDeadline: Duration = .seconds(5)
    /// How long a caller can say that it still waits: a day.
    package static let remainingTimeNanoseconds: Int64 = 86_400_000_000_000
    /// A start or a stop, however many nodes it concerns.
    package static let operationDeadline: Duration = .seconds(10)
    /// How long after an operation's deadline its caller is told at the latest, whatever the machine does.
    package static let operationGrace: Duration = .seconds(1)
    /// Until children that a configuration declares are tried again.
    package static let declaredRetry: Duration = .seconds(1)
    package static let chainTurns = 64
    /// The encoded arguments of a call: what a frame holds beside the longest envelope.
    package static let argumentBytes = frameBytes - (4 << 10)
    package static let resultBytes = frameBytes - (4 << 10)
    package static let redirectsBeforeWaiting = 3
    /// New requests that may follow a doubtful one of a method that may be executed twice.
    package static let repeatedRequests = 3
    /// Calls one node has under way to others.
    package static let callsUnderWay = 1 << 20
    /// How long a caller whose deadline passed waits for the process to say whether the call was executed.
    package static let answerGrace: Duration = .milliseconds(100)

    /// Calls that wait while the node does not know whether it is still a member.
    package static let heldCalls = 10_000

    // The gate.
    package static let mailboxCalls = 10_000
    package static let parkedCalls = 10_000
    package static let windowEntries = 1_024
    package static let windowReplyBytes = 64 << 10
    /// Callers whose forgotten requests one process tells apart.
    package static let windowCallers = 1_024
    /// Sendings of one request that may wait for the answer of the first.
    package static let joinedSendings = 64
    package static let nodeReplyBytes = 256 << 20
    package static let nodeWaitingBytes = 64 << 20
    /// Requests that all processes of a node remember together.
    package static let nodeWindowEntries = 1 << 20
    /// How long a request stays in the window.
    package static let windowTime: Duration = .seconds(10)
    /// Old requests that are forgotten in one go.
    package static let sweptReplies = 1_000
    /// Lines that one kind of event may write to the log.
    package static let logLinesPerSecond = 10
    package static let childShutdown: Duration = .seconds(5)
    /// How long a node that leaves may take to move its children off; fits the grace period of 30 s that is usual.
    package static let drainDeadline: Duration = .seconds(25)

    // Children.
    /// The encoded arguments of a child: what a frame holds beside everything else about it.
    package static let childArgumentBytes = 512 << 10
    package static let metadataBytes = 4 << 10
    package static let metadataDepth = 16
    package static let tags = 16
    package static let tagBytes = 64
    /// Instances that one task makes in one go, before it says which it made.
    package static let startsAtOnce = 32
    /// Tasks that make the instances of one batch of orders.
    package static let startingTasks = 4

    // Machines.
    /// Events that a machine handles before what it said is done.
    package static let driverEvents = 1_000
    /// Batches that one caller handles for all others before an event loop takes over.
    package static let driverBatches = 4
    /// What one peer's messages in a machine's inbox may weigh; what comes beyond is lost, as any message may be.
    package static let peerInboxBytes = 4 << 20
    /// What a message in an inbox weighs at least.
    package static let leastMessageBytes = 256
    /// How long the alarm of a hub's driver rests after it rang: what falls due meanwhile is handled together.
    package static let tickSpacing: Duration = .milliseconds(10)
    /// A timer that is later than this found the process stopped, or starved: what lies unread comes first.
    package static let tickLateness: Duration = .milliseconds(250)

    // Children.
    /// Restarts of one child within the window, beyond which it is quarantined.
    package static let childRestarts = 5
    package static let childRestartWindow: Duration = .seconds(10)
    package static let restartBackoffMinimum: Duration = .milliseconds(50)
    package static let restartBackoffMaximum: Duration = .seconds(5)
    package static let quarantine: Duration = .seconds(300)
    /// Restarts of all children of a hub on one node within the window, beyond which restarts wait.
    package static let hubRestarts = 100
    package static let hubRestartWindow: Duration = .seconds(4)
    /// How long others are not told of a new child while its initializer is under way, so that they hear of it once.
    package static let startWithheld: Duration = .milliseconds(2)
    /// The same while more initializers are under way than this.
    package static let startsWithheld: Duration = .milliseconds(20)
    package static let fewStarts = 16
    /// How long they are told nothing at all meanwhile, so that messages are few.
    package static let startsTold: Duration = .milliseconds(2)
    /// Initializers under way on one node.
    package static let parallelStarts = 256
    /// Children that are leaving one node, and children that are arriving, at a time.
    package static let parallelMoves = 64
    /// Targets of one move that are tried before its source waits.
    package static let moveTargets = 3
    /// How long a child whose move failed stays where it is at least, and at most.
    package static let moveBackoffMinimum: Duration = .milliseconds(100)
    package static let moveBackoffMaximum: Duration = .seconds(5)
    /// How long an offer waits for its answer before it is sent again.
    package static let offerAnswer: Duration = .milliseconds(300)
    /// How often a target is asked before it counts as one that declined.
    package static let offers: UInt8 = 3
    /// How long a place is kept for a child that was to come.
    package static let arrival: Duration = .seconds(30)
    /// How long the source of a move keeps its record after the target runs.
    package static let movedRecord: Duration = .seconds(2)
    /// How long a member that has not compared its copies keeps others from starting what was lost.
    package static let confirmation: Duration = .seconds(1)

    /// How often, and how long after one another, members are told again which kinds a node cannot run.
    package static let lackingRepeats = 3
    package static let lackingRepeat: Duration = .seconds(1)

    // Operations.
    /// How often a start or a stop is passed on by nodes that see another owner.
    package static let operationHops: UInt8 = 3
    /// Children that one message of an operation asks for.
    package static let operationChunk = 256
    /// Chunks of one operation that wait for answers; the others wait for these.
    package static let operationChunks = 16
    /// Operations of one node under way; beyond it they fail as overloaded.
    package static let operations = 65_536
    /// Chunks of all operations that an owner remembers; beyond it the oldest are forgotten.
    package static let decidedChunks = 4_096
    /// Operations whose late requests an owner ignores, because nobody waits for them any more.
    package static let abandonedOperations = 64
    /// How long an owner remembers a chunk after the deadline of its operation.
    package static let decidedTime: Duration = .seconds(10)
    /// A start or a stop that an owner decides so long after it was asked for counts from when it was asked: what was asked
    /// and acknowledged since is the last word. Shorter than ``settleTime``, after which another node may own the child;
    /// longer than requests usually wait, and than clocks that are kept usually differ.
    package static let lateRequest: Duration = .milliseconds(400)
    /// How long an asking node waits before it asks again.
    package static let operationRetry: Duration = .milliseconds(500)
    /// Messages that wait for the next batch of the driver; beyond it they are lost, as any message may be.
    package static let waitingMessages = 4_096
    /// Rows and children that a hub's machine looks at in one batch of the driver.
    package static let batchWork = 1_000

    /// How long a machine that woke late waits for every event loop to read.
    package static let readRoundTime: Duration = .seconds(1)

    // Turns on event loops.
    /// What a turn may take to be short. A longer one gains nothing: on a thread of its own it runs beside others.
    package static let shortTurn: Duration = .microseconds(20)
    /// How many turns of a method have to be short before one runs on an event loop.
    package static let provenTurns = 64
    /// How many short turns it takes to make up for one that was long, for each time that it could have been short.
    package static let longTurnCost = 4
    /// The same for a method that disappointed again and again.
    package static let provenTurnsMost = 65_536
    /// What all turns may take of one round of an event loop; the others of the round go to the pool.
    package static let loopShare: Duration = .microseconds(500)
    /// A turn that holds up an event loop for so long keeps its method off the loops for a while.
    package static let slowTurn: Duration = .milliseconds(1)
    package static let slowTurnRest: Duration = .seconds(60)
    /// A turn that holds up an event loop for so long keeps its method off the loops for as long as the node runs.
    package static let blockingTurn: Duration = .milliseconds(5)

    // Nodes.
    /// How long a node that leaves waits for its machine to have told everybody, which takes the leave time at most.
    package static let farewell: Duration = .milliseconds(1_500)
    /// How often a node writes its status at least.
    package static let statusInterval: Duration = .seconds(1)
    /// How long a node waits for the names of others to be resolved before it concludes that there are none.
    package static let firstResolution: Duration = .seconds(3)
    /// How often names are resolved anew.
    package static let resolutionInterval: Duration = .seconds(10)
    /// How soon a name that could not be resolved is tried again.
    package static let resolutionRetry: Duration = .seconds(1)

    // Links.
    package static let peers = 1_024
    package static let dialBackoffMinimum: Duration = .milliseconds(50)
    package static let dialBackoffMaximum: Duration = .seconds(5)
    /// A connection that lasted for so long is dialed anew at once when it breaks.
    package static let steadyLink: Duration = .seconds(1)
    /// How often a connection looks whether its peer was heard.
    package static let pingInterval: Duration = .seconds(2)
    /// A peer that is silent for this long is half-open.
    package static let silence: Duration = .seconds(5)
    /// How long an established connection has to answer when a newcomer claims its peer's name.
    package static let nameClashAnswer: Duration = .seconds(1)
    /// How often a node looks whether the files of its certificates changed.
    package static let certificateLook: Duration = .seconds(60)
    /// How long before its end a certificate is spoken of: thirty days.
    package static let certificateNotice: Duration = .seconds(30 * 86_400)

    // Membership.
    package static let probeInterval: Duration = .milliseconds(500)
    package static let probeTimeout: Duration = .milliseconds(200)
    package static let indirectProbes = 3
    package static let suspicionMinimum: Duration = .seconds(2)
    package static let suspicionMaximum: Duration = .seconds(5)
    package static let suspicionConfirmations = 2
    /// The highest local health: a node that finds itself slow takes up to this many times longer, plus one.
    package static let localHealth = 8
    package static let gossipInterval: Duration = .milliseconds(50)
    package static let gossipFanout = 3
    package static let gossipRepeats = 3
    /// What one message carries of rumours beside its own matter.
    package static let rumoursPerMessage = 12
    package static let rumourBytesPerMessage = 1_200
    /// Rumours that wait to be passed on; the most often told go first.
    package static let rumours = 4_096
    /// One part of a table, about; more if the table would have too many.
    package static let tablePartBytes = 64 << 10
    package static let tableParts = 256
    package static let antiEntropyInterval: Duration = .seconds(15)
    package static let settleTime: Duration = .milliseconds(500)
    package static let aloneAfter: Duration = .seconds(3)
    package static let leaveTime: Duration = .seconds(1)
    package static let flapsPerMinute = 3
    package static let dampingMinimum: Duration = .seconds(5)
    package static let dampingMaximum: Duration = .seconds(300)
    /// Dead lives that are remembered, so that no late rumour brings one back.
    package static let deadRemembered = 4_096
    /// Lives of its own that a node knows it led before.
    package static let formerLives = 64
    /// Nodes that died or left and are still shown to operators.
    package static let departedShown = 64
    /// Dead nodes whose addresses are kept, because they may live on the other side of a split.
    package static let lostNodes = 64
    /// Of these, how many are dialed at a time.
    package static let lostDials = 8
    /// Seeds and addresses that discovery found.
    package static let seeds = 256
    package static let discoveredTime: Duration = .seconds(600)
    /// Probes that are under way, for oneself and for others.
    package static let probesUnderWay = 256
    /// What a count in a statement may be: no peer can push it to its end.
    package static let membershipCount: UInt64 = 1 << 48
    package static let hubsPerNode = 256
    package static let labelsPerNode = 32

    /// Children of kinds that no member can run, whose start a node remembers that it refused.
    package static let refusals = 4_096

    // The registry.
    /// Kinds that the wishes of one hub name.
    package static let kindsPerHub = 4_096
    package static let tombstoneLife: Duration = .seconds(24 * 3_600)
    /// Tombstones of one hub; beyond, the oldest are collected before their time.
    package static let tombstones = 1 << 20
    /// Wishes written here that a member may lag behind before it has to compare everything.
    package static let wishLogRows = 1 << 17
    /// Copies gone from one slice that are told to those who lag.
    package static let sliceRemovals = 1 << 14
    /// Rows in one message between registries.
    package static let messageRows = 256
    /// Rows that a message of any peer may have.
    package static let peerRows = 1 << 14
    /// Rows on their way to one member.
    package static let windowRows = 1_000
    /// Messages on their way to one member.
    package static let windowMessages = 32
    /// Rows of a slice that are kept because they overtook others.
    package static let earlyRows = 256
    /// Rows of a delta whose receipt may come later if nobody waits for it.
    package static let patientRows = 8
    /// By how much it may come later.
    package static let receiptPatience: Duration = .milliseconds(3)
    /// What one message between registries may weigh, about; a single row may weigh more.
    package static let registryMessageBytes = 192 << 10
    package static let resendDelay: Duration = .milliseconds(250)
    /// Slices that one member takes by way of this node at a time.
    package static let relays = 64
    /// Children that members let go of, and how long who is to take one over waits for the word of its last host.
    package static let vacancies = 1_024
    package static let vacancyTime: Duration = .seconds(10)
    /// After how long that host is asked: mostly its word is on its way.
    package static let vacancyAsked: Duration = .milliseconds(50)
    /// How long a node that is in no view may compare what it knows.
    package static let strangerTime: Duration = .seconds(60)
    /// How often the same bucket is compared in one exchange before it is left for the next.
    package static let bucketPasses = 8
    /// How often an exchange is asked for in vain before it is left for the next.
    package static let exchangeAttempts = 8
}
