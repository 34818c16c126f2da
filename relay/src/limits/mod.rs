//! How much one client may ask for.

mod addresses;
mod bucket;
mod metered;
mod once;

pub(crate) use addresses::{Addresses, ConnectionPermit, Refused};
pub(crate) use bucket::Bucket;
pub(crate) use metered::{Metered, OVER_QUOTA};
pub(crate) use once::OncePerSecond;
