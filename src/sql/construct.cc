// The grammar's nodes and fields in the words of those who write SQL. What is missing here is named by the grammar's
// own word, which is still something to search for.
#include <array>

#include "sql/tree.h"

namespace gapless::sql {

namespace {

struct Entry {
  std::string_view node;
  std::string_view field;
  Construct construct;
};

constexpr std::string_view in_front = "write it in front of the whole statement";

constexpr auto entries = std::to_array<Entry>({
    {"SelectStmt", "withClause", {"WITH in a sub-select", in_front}},
    {"SelectStmt", "windowClause", {"WINDOW", "use an aggregate with GROUP BY, or a sub-select"}},
    {"SelectStmt", "intoClause", {"SELECT INTO", ""}},
    {"SelectStmt", "groupDistinct", {"GROUP BY DISTINCT", ""}},
    {"SelectStmt", "distinctClause", {"DISTINCT ON", "use GROUP BY, or ORDER BY with LIMIT 1"}},
    {"InsertStmt", "withClause", {"WITH inside WITH", in_front}},
    {"UpdateStmt", "withClause", {"WITH inside WITH", in_front}},
    {"DeleteStmt", "withClause", {"WITH inside WITH", in_front}},
    {"WithClause", "recursive", {"WITH RECURSIVE", "write a loop in the request"}},
    {"CommonTableExpr", "search_clause", {"SEARCH", ""}},
    {"CommonTableExpr", "cycle_clause", {"CYCLE", ""}},
    {"FuncCall", "over", {"a window function", "use an aggregate with GROUP BY, or a sub-select"}},
    {"FuncCall", "agg_order", {"ORDER BY inside an aggregate", ""}},
    {"FuncCall", "agg_within_group", {"WITHIN GROUP", ""}},
    {"FuncCall", "func_variadic", {"VARIADIC", ""}},
    {"RangeVar", "catalogname", {"a name of three parts", "write table, or database.table in an invariant"}},
    {"RangeVar", "schemaname", {"a schema", "write the table's name alone"}},
    {"RangeSubselect", "lateral", {"LATERAL", "write a correlated sub-select in the SELECT list"}},
    {"JoinExpr", "isNatural", {"NATURAL JOIN", "write the condition with ON"}},
    {"JoinExpr", "usingClause", {"JOIN … USING", "write the condition with ON"}},
    {"JoinExpr", "alias", {"a name for a join", "name its tables"}},
    {"TypeName", "arrayBounds", {"an array type", "use a table with a row for each element"}},
    {"TypeName", "setof", {"SETOF", ""}},
    {"TypeName", "pct_type", {"%TYPE", "write the type itself"}},
    {"CreateStmt", "inhRelations", {"INHERITS", ""}},
    {"CreateStmt", "partspec", {"PARTITION BY", "use one table"}},
    {"CreateStmt", "partbound", {"PARTITION OF", "use one table"}},
    {"CreateStmt", "ofTypename", {"CREATE TABLE OF", "list the columns"}},
    {"CreateStmt", "tablespacename", {"TABLESPACE", "leave it out"}},
    {"CreateStmt", "accessMethod", {"USING (an access method)", "leave it out"}},
    {"CreateStmt", "if_not_exists", {"IF NOT EXISTS", "leave it out, there is nothing yet"}},
    {"ColumnDef", "collClause", {"COLLATE", "texts are compared by bytes"}},
    {"ColumnDef", "compression", {"COMPRESSION", "leave it out"}},
    {"Constraint", "deferrable", {"DEFERRABLE", "constraints are checked at once"}},
    {"Constraint", "initdeferred", {"INITIALLY DEFERRED", "constraints are checked at once"}},
    {"Constraint", "nulls_not_distinct", {"NULLS NOT DISTINCT", ""}},
    {"Constraint", "is_no_inherit", {"NO INHERIT", "leave it out"}},
    {"Constraint", "fk_del_set_cols", {"SET NULL of some columns", "list no columns"}},
    {"Constraint", "options", {"options of a constraint", "leave them out"}},
    {"Constraint", "indexname", {"USING INDEX", "list the columns"}},
    {"Constraint", "indexspace", {"USING INDEX TABLESPACE", "leave it out"}},
    {"Constraint", "skip_validation", {"NOT VALID", "leave it out"}},
    {"IndexStmt", "concurrent", {"CONCURRENTLY", "leave it out"}},
    {"IndexStmt", "nulls_not_distinct", {"NULLS NOT DISTINCT", ""}},
    {"IndexStmt", "if_not_exists", {"IF NOT EXISTS", "leave it out, there is nothing yet"}},
    {"IndexStmt", "options", {"WITH (storage options)", "leave them out"}},
    {"IndexStmt", "tableSpace", {"TABLESPACE", "leave it out"}},
    {"IndexElem", "collation", {"COLLATE", "texts are compared by bytes"}},
    {"IndexElem", "opclass", {"an operator class", "leave it out"}},
    {"RangeFunction", "ordinality", {"WITH ORDINALITY", "leave it out"}},
    {"RangeFunction", "coldeflist", {"a column definition list", "name the columns with AS"}},
    {"TransactionStmt", "chain", {"AND CHAIN", "write BEGIN after it"}},
    {"ResTarget", "indirection", {"assignment to a part of a column", "assign the whole column"}},
    {"AlterTableStmt", "missing_ok", {"IF EXISTS", "leave it out"}},
    // Nodes of their own.
    {"A_ArrayExpr", "", {"an array", "use a table with a row for each element"}},
    {"A_Indirection", "", {"a part of a value (array element or field)", ""}},
    {"A_Indices", "", {"an array element", ""}},
    {"RangeFunction", "", {"a function in FROM other than generate_series", "use VALUES or a table"}},
    {"RangeTableSample", "", {"TABLESAMPLE", "use LIMIT"}},
    {"RangeTableFunc", "", {"XMLTABLE", ""}},
    {"GroupingSet", "", {"GROUPING SETS, ROLLUP and CUBE", "write one query for each grouping"}},
    {"GroupingFunc", "", {"GROUPING", ""}},
    {"CollateClause", "", {"COLLATE", "texts are compared by bytes"}},
    {"NamedArgExpr", "", {"a named argument", "give the arguments in order"}},
    {"RowExpr", "", {"a row outside IN and =", "compare the columns one by one"}},
    {"CurrentOfExpr", "", {"WHERE CURRENT OF", "select the row by its key"}},
    {"XmlExpr", "", {"XML", ""}},
    {"XmlSerialize", "", {"XML", ""}},
    {"ParamRef", "", {"a numbered parameter", "write it with its name, as in :amount"}},
    {"MergeStmt", "", {"MERGE", "write INSERT and UPDATE"}},
    {"CreateTableAsStmt", "", {"CREATE TABLE AS", "write CREATE TABLE and INSERT … SELECT"}},
    {"TableLikeClause", "", {"LIKE in CREATE TABLE", "list the columns"}},
    {"CreateSeqStmt", "", {"CREATE SEQUENCE", "use a serial or identity column"}},
    {"CreateEnumStmt", "", {"CREATE TYPE", "use text with a CHECK"}},
    {"CompositeTypeStmt", "", {"CREATE TYPE", "use text with a CHECK"}},
    {"CreateDomainStmt", "", {"CREATE DOMAIN", "use CHECK on the column"}},
    {"CreateFunctionStmt", "", {"CREATE FUNCTION", "write the statements in the request"}},
    {"CreateTrigStmt", "", {"CREATE TRIGGER", "write the statements in the request"}},
    {"ViewStmt", "", {"CREATE VIEW", "write it as a sub-select in FROM"}},
    {"CreateSchemaStmt", "", {"CREATE SCHEMA", "use another database block"}},
    {"CreateExtensionStmt", "", {"CREATE EXTENSION", ""}},
    {"DropStmt", "", {"DROP", "leave it out, there is nothing yet"}},
    {"RenameStmt", "", {"RENAME", "create it with the right name"}},
    {"TruncateStmt", "", {"TRUNCATE", "use DELETE"}},
    {"VariableShowStmt", "", {"SHOW", ""}},
    {"DoStmt", "", {"DO", "write the statements in the request"}},
    {"CallStmt", "", {"CALL", "write the statements in the request"}},
    {"CopyStmt", "", {"COPY", "use INSERT"}},
    {"ExplainStmt", "", {"EXPLAIN", ""}},
    {"PrepareStmt", "", {"PREPARE", "write the statement itself, with :name parameters"}},
    {"ExecuteStmt", "", {"EXECUTE", "write the statement itself"}},
    {"DeclareCursorStmt", "", {"a cursor", "use for … in SELECT"}},
    {"FetchStmt", "", {"a cursor", "use for … in SELECT"}},
    {"ListenStmt", "", {"LISTEN", ""}},
    {"NotifyStmt", "", {"NOTIFY", ""}},
    {"VacuumStmt", "", {"VACUUM and ANALYZE", "leave it out"}},
    {"GrantStmt", "", {"GRANT and REVOKE", "leave it out"}},
    {"CommentStmt", "", {"COMMENT ON", "write a comment with --"}},
});

}  // namespace

Construct construct_of(std::string_view node, std::string_view field) {
  for (const Entry& entry : entries) {
    if (entry.node == node && entry.field == field) return entry.construct;
  }
  return {field.empty() ? node : field, ""};
}

}  // namespace gapless::sql
