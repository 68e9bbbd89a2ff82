//! census
