//! glibc messages
super::messages! {}
