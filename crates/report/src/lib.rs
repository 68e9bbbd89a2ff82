//! sayso-report
