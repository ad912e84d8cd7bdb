//! Files outside a root: each complete or not at all, together or not at all, and without a trace of a
//! run that was killed. Knows neither a root nor what the files hold.

mod leftovers;
mod place;
mod staged;

pub use self::place::{Known, LockFile, LockPlace, Place};
