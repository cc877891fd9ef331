// Package rollout decides how a release of a list goes out to many devices: in
// waves, the first of them a canary, with bounds on how many are sent to at
// once, and an end to it when devices fail or hit rates change. It only
// decides: it has no clock, no files, no network and no goroutines.
//
//	events, now -> Campaign.Step -> transitions (to be kept) and actions (to be done)
//
// A device goes this way, and every step of it is a [Transition]:
//
//	pending -> sending -> installing -> healthy
//	   ^          |           |  `----> failed (or queued, for another try)
//	   `-- away --'           `-------> failed: lost, when it never came back
//	pending -> sending -> skipped (it holds this release, or a newer one)
//
// A device that cannot be reached before it was asked to install anything is
// pending and not failed: devices of closed lanes are switched off. One that is
// not heard of any more after it was asked is failed.
//
// Transitions hold all of what they change, so that a campaign is its plan and
// any beginning of its transitions, applied in order.
package rollout
