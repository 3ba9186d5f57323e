//! How much is measured.

use std::path::PathBuf;

use crate::process::root;

/// How often everything runs.
pub(super) struct Effort {
    pub(super) quick: bool,
    /// How often each contender runs, in turns with the others.
    pub(super) turns: usize,
    /// Jobs of a flow.
    pub(super) jobs: &'static str,
    /// Jobs before anything is measured.
    pub(super) warm_up: &'static str,
    /// The same in a virtual machine, so that it has compiled what it needs.
    pub(super) java_flow_warm_up: &'static str,
    /// Packages of a virtual machine before anything is measured.
    pub(super) java_warm_up: &'static str,
    /// Documents of a virtual machine before anything is measured.
    pub(super) jaxb_warm_up: &'static str,
    /// Jobs for each size of a document.
    pub(super) creates: &'static str,
    /// How often a package of 100 KB, 1 MB and 10 MB is made.
    pub(super) packages: [&'static str; 3],
    /// Turns of starts of a process, each with six.
    pub(super) starts: usize,
    /// Jobs for each number of documents, bytes and signers.
    pub(super) growth: &'static str,
}

impl Effort {
    /// What the published figures come from: about ten minutes on a quiet machine.
    pub(super) const FULL: Self = Self {
        quick: false,
        turns: 3,
        jobs: "2000",
        warm_up: "300",
        java_flow_warm_up: "1000",
        java_warm_up: "3000",
        jaxb_warm_up: "30000",
        creates: "600",
        packages: ["300", "100", "20"],
        starts: 11,
        growth: "21",
    };

    /// To see that everything works.
    pub(super) const QUICK: Self = Self {
        quick: true,
        turns: 1,
        jobs: "100",
        warm_up: "20",
        java_flow_warm_up: "20",
        java_warm_up: "50",
        jaxb_warm_up: "500",
        creates: "40",
        packages: ["20", "10", "3"],
        starts: 2,
        growth: "3",
    };

    /// Where the report is written: a quick run leaves the published one alone.
    pub(super) fn folder(&self) -> PathBuf {
        root().join(if self.quick { "target/bench" } else { "docs" })
    }
}
