//! sayso-advice
