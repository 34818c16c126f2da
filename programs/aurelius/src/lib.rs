//! aurelius
