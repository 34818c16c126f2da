/** Rows of one kind in columns with names; scrolls sideways by itself where there is no room. */
import type { ComponentChildren, JSX } from "preact";

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row, index: number) => ComponentChildren;
}

interface TableProps<Row> {
  /** What the table is of, for people who hear it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Rows of whoever looks are marked. */
  readonly isOwn?: (row: Row) => boolean;
}

export function Table<Row>({ label, columns, rows, keyOf, isOwn }: TableProps<Row>): JSX.Element {
  return (
    <div class="table-room" tabIndex={0} role="region" aria-label={label}>
      <table class="table">
        <thead>
          <tr>
            {columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={keyOf(row)} data-own={isOwn?.(row) === true || undefined}>
              {columns.map(({ name, cell }) => (
                <td key={name}>{cell(row, index)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
