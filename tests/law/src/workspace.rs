//! The workspace and everything it is built from, as `cargo metadata` tells it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// One package, ours or from a registry.
#[derive(Debug)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// The folder of its manifest.
    pub folder: PathBuf,
    /// Where it comes from; `None`: this repository.
    pub source: Option<String>,
    /// The SPDX expression of its manifest.
    pub license: Option<String>,
    pub dependencies: Vec<Dependency>,
    /// Root files of its library, binaries, tests, benches and examples, with the kind of each.
    pub targets: Vec<Target>,
}

#[derive(Debug)]
pub struct Dependency {
    pub name: String,
    /// The name it goes by in this package's sources, with `_` for `-`.
    pub alias: String,
    /// `normal`, `dev` or `build`.
    pub kind: String,
    /// The version requirement, or `*`.
    pub requirement: String,
    /// Whether it lies in this repository.
    pub is_path: bool,
}

#[derive(Debug)]
pub struct Target {
    /// `lib`, `bin`, `test`, `bench`, `example`, `custom-build`, `proc-macro` or `cdylib`.
    pub kind: String,
    pub root: PathBuf,
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository's root")
}

/// The packages of this repository alone.
pub fn ours() -> Vec<Package> {
    read(&["--no-deps"])
}

/// Ours and all that they are built from.
pub fn all() -> Vec<Package> {
    read(&[])
}

fn read(extra: &[&str]) -> Vec<Package> {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked"])
        .args(extra)
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: Value = serde_json::from_slice(&out.stdout).expect("cargo metadata is JSON");
    list(&metadata["packages"]).iter().map(package).collect()
}

fn package(value: &Value) -> Package {
    let manifest = PathBuf::from(text(&value["manifest_path"]));
    Package {
        name: text(&value["name"]),
        version: text(&value["version"]),
        folder: manifest.parent().expect("a manifest lies in a folder").to_owned(),
        source: value["source"].as_str().map(str::to_owned),
        license: value["license"].as_str().map(str::to_owned),
        dependencies: list(&value["dependencies"]).iter().map(dependency).collect(),
        targets: list(&value["targets"]).iter().map(target).collect(),
    }
}

fn dependency(value: &Value) -> Dependency {
    let name = text(&value["name"]);
    let alias = value["rename"].as_str().unwrap_or(&name).replace('-', "_");
    Dependency {
        alias,
        kind: value["kind"].as_str().unwrap_or("normal").to_owned(),
        requirement: text(&value["req"]),
        is_path: value["path"].is_string(),
        name,
    }
}

fn target(value: &Value) -> Target {
    Target {
        kind: text(&value["kind"][0]),
        root: PathBuf::from(text(&value["src_path"])),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}
