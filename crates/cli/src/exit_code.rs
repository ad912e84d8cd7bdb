//! The exit codes, which scripts may rely on.

/// Everything was done.
pub(crate) const DONE: u8 = 0;
/// The work failed; unless the message says otherwise, no file has changed.
pub(crate) const FAILED: u8 = 1;
/// Wrong usage or bad input; no file has changed.
pub(crate) const USAGE: u8 = 2;
/// A check found something: `plan --exit-code`, `status --check`, `kubeconfig check`, `ledger check`,
/// `verify`, `audit`; `adopt` found a file that it could not describe; `history prune` one that it leaves.
pub(crate) const FOUND: u8 = 3;
/// Everything was done, but stdout could not be written: the result is not to be read there.
pub(crate) const UNPRINTED: u8 = 4;
