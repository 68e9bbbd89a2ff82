//! musl messages
super::messages! {}
