//! Every case of the adversarial list has a test that carries its number.

/// C01 to C46; there is no C19.
fn numbers() -> impl Iterator<Item = u32> {
    (1..=46).filter(|number| *number != 19)
}

/// Whether a source has a test function with this case in its name, or with `/// Cnn:` in the lines above `#[test]`.
fn has_test(source: &str, number: u32) -> bool {
    let (in_name, in_doc) = (format!("c{number:02}_"), format!("/// C{number:02}:"));
    source
        .split("#[test]")
        .collect::<Vec<_>>()
        .windows(2)
        .any(|parts| {
            let name = parts[1].trim_start().lines().next().unwrap_or_default();
            let mut above = parts[0].trim_end().lines().rev();
            let doc = above
                .by_ref()
                .take_while(|line| line.starts_with("///"))
                .any(|line| line.starts_with(&in_doc));
            doc || name
                .strip_prefix("fn ")
                .is_some_and(|name| name.starts_with(&in_name) || name.contains(&format!("_{in_name}")))
        })
}

#[test]
fn every_case_of_the_list_has_its_test() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite");
    let sources: Vec<String> = std::fs::read_dir(folder)
        .expect("the suite's folder")
        .map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("a source file"))
        .collect();
    let missing: Vec<u32> = numbers()
        .filter(|number| !sources.iter().any(|source| has_test(source, *number)))
        .collect();
    assert!(missing.is_empty(), "cases without a test: {missing:?}");
}

#[test]
fn a_number_in_passing_is_no_test() {
    let named = "#[test]\nfn c07_c08_two_cases() {}";
    assert!(has_test(named, 7) && has_test(named, 8) && !has_test(named, 9));
    let documented = "/// C09: what it is.\n#[test]\nfn a_name() {}";
    assert!(has_test(documented, 9) && !has_test(documented, 7));
    assert!(!has_test("// see C10\nfn c10_helper() {}", 10));
}
