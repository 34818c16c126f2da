//! Tells the command which commit it is built from: of the repository around it, else as `AURELIUS_COMMIT` says.

use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| output.status.success() && !text.is_empty())
}

fn main() {
    println!("cargo:rerun-if-env-changed=AURELIUS_COMMIT");
    println!("cargo:rerun-if-changed=build.rs");
    // It grows with every commit and every checkout.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={log}");
    }
    let told = std::env::var("AURELIUS_COMMIT")
        .ok()
        .filter(|told| !told.is_empty());
    let commit = told.or_else(|| git(&["rev-parse", "--short=12", "HEAD"]));
    println!(
        "cargo:rustc-env=AURELIUS_COMMIT={}",
        commit.as_deref().unwrap_or("unknown commit")
    );
}
