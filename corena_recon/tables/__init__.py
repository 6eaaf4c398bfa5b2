"""A toolbox for Arrow tables: columns, frames, numbering, marks, spooling, the engine, threads."""
