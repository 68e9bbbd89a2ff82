//! kernel messages
super::messages! {}
