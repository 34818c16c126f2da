//! crank
