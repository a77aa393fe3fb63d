//! Messages about what customers read on the status page besides incidents.

mod maintenance;

pub use maintenance::MaintenanceLine;
