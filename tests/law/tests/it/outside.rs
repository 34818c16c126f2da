//! What the house is built on: licences, sources, bans, and nothing that nobody uses.

use std::collections::BTreeSet;

use law::measures::rust_files;
use law::workspace::{all, ours, Package};
use spdx::{Expression, Licensee};

/// Licences that permit what this project does with what it builds on.
const LICENSES: &[&str] = &[
    "Apache-2.0",
    "MIT",
    "MIT-0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "CC0-1.0",
    "BSL-1.0",
    "0BSD",
    "CDLA-Permissive-2.0",
    "Unlicense",
];

/// Crates that must not come in, with the reason.
const BANNED: &[(&str, &str)] = &[(
    "solana-sdk",
    "the umbrella crate brings a second type tree: use the small crates",
)];

/// Dependencies that no `use` names, with what they are for.
const UNNAMED: &[(&str, &str, &str)] = &[];

/// Packages whose manifest names no licence; their licence file was read.
const READ_BY_HAND: &[(&str, &str)] = &[("solana-config-interface", "Apache-2.0")];

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn outside() -> Vec<Package> {
    all()
        .into_iter()
        .filter(|package| package.source.is_some())
        .collect()
}

#[test]
fn every_licence_permits_it() {
    let allowed: Vec<Licensee> = LICENSES
        .iter()
        .map(|license| Licensee::parse(license).expect("an SPDX licence"))
        .collect();
    let refused: Vec<String> = outside()
        .iter()
        .filter_map(|package| {
            let by_hand = READ_BY_HAND.iter().find(|(name, _)| *name == package.name);
            let read = by_hand.map(|(_, license)| (*license).to_owned());
            let text = package.license.clone().or(read).unwrap_or_default();
            let permits = Expression::parse_mode(&text, spdx::ParseMode::LAX).is_ok_and(|expression| {
                expression.evaluate(|wanted| allowed.iter().any(|licensee| licensee.satisfies(wanted)))
            });
            (!permits).then(|| format!("{} {}: `{text}`", package.name, package.version))
        })
        .collect();
    assert!(
        refused.is_empty(),
        "not on the list of licences:\n{}",
        refused.join("\n")
    );
}

#[test]
fn everything_comes_from_the_registry() {
    let strangers: Vec<String> = outside()
        .iter()
        .filter(|package| package.source.as_deref() != Some(REGISTRY))
        .map(|package| format!("{}: {:?}", package.name, package.source))
        .collect();
    assert!(strangers.is_empty(), "{}", strangers.join("\n"));
}

#[test]
fn nothing_banned_comes_in() {
    for package in outside() {
        let reason = BANNED.iter().find(|(name, _)| *name == package.name);
        assert!(
            reason.is_none(),
            "`{}` is banned: {}",
            package.name,
            reason.expect("found").1
        );
    }
}

#[test]
fn every_dependency_names_a_version() {
    for package in ours() {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| !dependency.is_path)
        {
            assert_ne!(
                dependency.requirement, "*",
                "`{}` takes any `{}`",
                package.name, dependency.name
            );
        }
    }
}

#[test]
fn every_dependency_is_used() {
    let mut idle = BTreeSet::new();
    for package in ours() {
        let sources: String = rust_files(&package.folder)
            .iter()
            .map(|file| std::fs::read_to_string(file).expect("a source can be read"))
            .collect();
        let words: BTreeSet<&str> = sources
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .collect();
        for dependency in &package.dependencies {
            let known = UNNAMED
                .iter()
                .any(|(crate_, name, _)| *crate_ == package.name && *name == dependency.name);
            if !known && !words.contains(dependency.alias.as_str()) {
                idle.insert(format!(
                    "`{}` names `{}` and does not use it",
                    package.name, dependency.name
                ));
            }
        }
    }
    assert!(
        idle.is_empty(),
        "{}",
        idle.into_iter().collect::<Vec<_>>().join("\n")
    );
}
