/** What the IDL holds and the renderer does not write, as visitors over Codama's tree. */
import {
  accountNode,
  accountValueNode,
  arrayTypeNode,
  bottomUpTransformerVisitor,
  bytesTypeNode,
  definedTypeLinkNode,
  definedTypeNode,
  fixedSizeTypeNode,
  numberTypeNode,
  pdaLinkNode,
  pdaSeedValueNode,
  pdaValueNode,
  programNode,
  publicKeyTypeNode,
  remainderCountNode,
  setInstructionAccountDefaultValuesVisitor,
  structFieldTypeNode,
  structTypeNode,
} from "codama";

const field = (name, type, docs = []) => structFieldTypeNode({ name, type, docs });
const bytes = (length) => fixedSizeTypeNode(bytesTypeNode(), length);

/** `state/player_slot.rs`: the IDL has no word of it, because no account of Anchor's kind holds it. */
const PLAYER_SLOT = definedTypeNode({
  name: "playerSlot",
  docs: ["One player of a match, in the tail of the match account. All zero while nobody is in it."],
  type: structTypeNode([
    field("player", publicKeyTypeNode()),
    field("paid", numberTypeNode("u64"), ["Stake paid, in the mint's smallest unit."]),
    field("payout", numberTypeNode("u64"), ["What the player gets; known once a result was submitted."]),
    field("warriors", numberTypeNode("u8")),
    field("firstWarrior", numberTypeNode("u8")),
    field("flags", numberTypeNode("u8"), ["Bits: see `PlayerFlag`."]),
    field("padding", bytes(5)),
  ]),
});

/** What follows the fixed part of an account. */
const TAILS = {
  match: field("slots", arrayTypeNode(definedTypeLinkNode("playerSlot"), remainderCountNode())),
  trace: field("digests", arrayTypeNode(bytes(32), remainderCountNode())),
  upload: field("data", bytesTypeNode()),
};

/** Adds tails, events and default addresses to the program. */
export function complete(codama) {
  codama.update(
    bottomUpTransformerVisitor([
      ...Object.entries(TAILS).map(withTail),
      { select: "[programNode]", transform: withTypes },
    ]),
  );
  const ofMatch = (pda) =>
    pdaValueNode(pdaLinkNode(pda), [pdaSeedValueNode("matchAccount", accountValueNode("matchAccount"))]);
  codama.update(
    setInstructionAccountDefaultValuesVisitor([
      { account: "config", defaultValue: pdaValueNode(pdaLinkNode("config")) },
      { account: "vault", defaultValue: ofMatch("vault") },
      { account: "trace", defaultValue: ofMatch("trace") },
    ]),
  );
}

/** An account of variable size has none that could be asked for. */
function withTail([name, tail]) {
  return {
    select: `[accountNode]${name}`,
    transform: ({ size: _, ...node }) =>
      accountNode({ ...node, data: structTypeNode([...node.data.fields, tail]) }),
  };
}

function withTypes(node) {
  const events = node.events.map((event) =>
    definedTypeNode({ name: `${event.name}Event`, type: event.data.type }),
  );
  return programNode({ ...node, definedTypes: [...node.definedTypes, PLAYER_SLOT, ...events] });
}
