//! How much one client may ask for.

mod addresses;
mod bucket;
mod metered;

pub(crate) use addresses::{Addresses, ConnectionPermit, Refused};
pub(crate) use bucket::Bucket;
pub(crate) use metered::{Metered, OVER_QUOTA};
