//! Puts the IDL together from what `cargo test --features idl-build` prints, as `anchor idl build`
//! does, so that no `anchor` binary is needed.

use std::collections::BTreeMap;

use serde_json::{json, Map, Value};

/// The IDL as pretty JSON with a final newline. `printed` is the output of
/// `cargo test -p aurelius --features idl-build --lib __anchor_private_print_idl -- --show-output --quiet`.
pub(crate) fn assemble(printed: &str) -> Result<String, String> {
    let blocks = blocks(printed);
    let [program] = &blocks.get("program").map_or(&[][..], Vec::as_slice) else {
        return Err("the output must hold exactly one program; does it compile?".into());
    };
    let mut idl = parse_object(program)?;
    let mut types = BTreeMap::new();
    let mut events = Vec::new();
    for block in blocks.get("event").into_iter().flatten() {
        let mut event = parse_object(block)?;
        events.push(event.remove("event").ok_or("an event block without an event")?);
        collect_types(event.remove("types"), &mut types);
    }
    collect_types(idl.remove("types"), &mut types);
    let errors = match blocks.get("errors").map(Vec::as_slice) {
        None | Some([]) => json!([]),
        Some([errors]) => parse(errors)?,
        Some(_) => return Err("more than one error enum".into()),
    };
    let constants = blocks
        .get("const")
        .into_iter()
        .flatten()
        .map(|block| parse(block))
        .collect::<Result<Vec<Value>, _>>()?;
    let address = blocks
        .get("address")
        .and_then(|blocks| blocks.first())
        .ok_or("the output holds no address")?;
    idl.insert(
        "address".into(),
        json!(address.replace(|c: char| !c.is_alphanumeric(), "")),
    );
    idl.insert("events".into(), Value::Array(events));
    idl.insert("errors".into(), errors);
    idl.insert("types".into(), types.into_values().collect());
    if !constants.is_empty() {
        idl.insert("constants".into(), Value::Array(constants));
    }
    let mut idl = Value::Object(idl);
    name_event_accounts(&mut idl);
    shorten_paths(&mut idl);
    sort_by_name(&mut idl);
    let mut text = serde_json::to_string_pretty(&idl).map_err(|error| error.to_string())?;
    text.push('\n');
    Ok(text)
}

/// Printed blocks by kind, in order. The address is printed without an end line.
fn blocks(printed: &str) -> BTreeMap<&str, Vec<String>> {
    let mut blocks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut lines = printed.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line
            .strip_prefix("--- IDL begin ")
            .and_then(|rest| rest.strip_suffix(" ---"))
        else {
            continue;
        };
        let end = format!("--- IDL end {kind} ---");
        let block = if kind == "address" {
            lines.next().unwrap_or_default().to_owned()
        } else {
            lines
                .by_ref()
                .take_while(|line| *line != end)
                .collect::<Vec<_>>()
                .join("\n")
        };
        blocks.entry(kind).or_default().push(block);
    }
    blocks
}

fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("a printed block is no JSON: {error}"))
}

fn parse_object(text: &str) -> Result<Map<String, Value>, String> {
    match parse(text)? {
        Value::Object(fields) => Ok(fields),
        other => Err(format!("a printed block is no object: {other}")),
    }
}

fn collect_types(list: Option<Value>, types: &mut BTreeMap<String, Value>) {
    for item in list.as_ref().and_then(Value::as_array).into_iter().flatten() {
        types.insert(name_of(item).to_owned(), item.clone());
    }
}

fn name_of(item: &Value) -> &str {
    item.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// The two accounts that `#[event_cpi]` adds are the same in every instruction: a client that resolves accounts
/// from the IDL finds them by the seed of one and the address of the other. Anchor leaves both out.
fn name_event_accounts(idl: &mut Value) {
    let address = idl.get("address").cloned().unwrap_or_default();
    let instructions = idl.get_mut("instructions").and_then(Value::as_array_mut);
    for account in instructions
        .into_iter()
        .flatten()
        .filter_map(|instruction| instruction.get_mut("accounts").and_then(Value::as_array_mut))
        .flatten()
    {
        match name_of(account) {
            "event_authority" => {
                account["docs"] =
                    json!(["Signs the events that the program writes into the ledger by calling itself."]);
                account["pda"] = json!({ "seeds": [{ "kind": "const", "value": b"__event_authority" }] });
            }
            "program" => {
                account["docs"] = json!(["This program, which writes the events."]);
                account["address"] = address.clone();
            }
            _ => {}
        }
    }
}

/// `aurelius::state::Config` becomes `Config`: our names are unique.
fn shorten_paths(value: &mut Value) {
    match value {
        Value::String(text) => {
            let is_path =
                text.contains("::") && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':');
            if is_path {
                if let Some(name) = text.rsplit("::").next() {
                    *text = name.to_owned();
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(shorten_paths),
        Value::Object(fields) => fields.values_mut().for_each(shorten_paths),
        _ => {}
    }
}

fn sort_by_name(idl: &mut Value) {
    for field in ["accounts", "constants", "events", "instructions", "types"] {
        if let Some(items) = idl.get_mut(field).and_then(Value::as_array_mut) {
            items.sort_by(|a, b| name_of(a).cmp(name_of(b)));
        }
    }
}
