//! arena-step
