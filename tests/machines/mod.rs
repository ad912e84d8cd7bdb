//! Clusters of several machines, each a network namespace with a root folder of its own, started
//! from `kubepki config --form flags` and nothing else.

mod ha;
mod hard_way;
mod joining;
mod pages;
mod rig;
mod single;
