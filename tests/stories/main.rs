//! Stories through the front door on a virtual clock, and the rules of the house.

mod tidy;
