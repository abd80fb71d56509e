// Copying and destroying of statements, compiled once.
#include "sql/statement.h"

namespace gapless::sql {

Expression::Expression() = default;
Expression::Expression(const Expression&) = default;
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(const Expression&) = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

FromItem::FromItem() = default;
FromItem::FromItem(const FromItem&) = default;
FromItem::FromItem(FromItem&&) noexcept = default;
FromItem& FromItem::operator=(const FromItem&) = default;
FromItem& FromItem::operator=(FromItem&&) noexcept = default;
FromItem::~FromItem() = default;

Select::Select() = default;
Select::Select(const Select&) = default;
Select::Select(Select&&) noexcept = default;
Select& Select::operator=(const Select&) = default;
Select& Select::operator=(Select&&) noexcept = default;
Select::~Select() = default;

Insert::Insert() = default;
Insert::Insert(const Insert&) = default;
Insert::Insert(Insert&&) noexcept = default;
Insert& Insert::operator=(const Insert&) = default;
Insert& Insert::operator=(Insert&&) noexcept = default;
Insert::~Insert() = default;

Update::Update() = default;
Update::Update(const Update&) = default;
Update::Update(Update&&) noexcept = default;
Update& Update::operator=(const Update&) = default;
Update& Update::operator=(Update&&) noexcept = default;
Update::~Update() = default;

Delete::Delete() = default;
Delete::Delete(const Delete&) = default;
Delete::Delete(Delete&&) noexcept = default;
Delete& Delete::operator=(const Delete&) = default;
Delete& Delete::operator=(Delete&&) noexcept = default;
Delete::~Delete() = default;

CommonTable::CommonTable() = default;
CommonTable::CommonTable(const CommonTable&) = default;
CommonTable::CommonTable(CommonTable&&) noexcept = default;
CommonTable& CommonTable::operator=(const CommonTable&) = default;
CommonTable& CommonTable::operator=(CommonTable&&) noexcept = default;
CommonTable::~CommonTable() = default;

Statement::Statement() = default;
Statement::Statement(const Statement&) = default;
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(const Statement&) = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

Table::Table() = default;
Table::Table(const Table&) = default;
Table::Table(Table&&) noexcept = default;
Table& Table::operator=(const Table&) = default;
Table& Table::operator=(Table&&) noexcept = default;
Table::~Table() = default;

}  // namespace gapless::sql
