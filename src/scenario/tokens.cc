#include "scenario/tokens.h"

#include <algorithm>
#include <cstdint>

#include "sql/postgres.h"

namespace gapless::scenario {
namespace {

using sql::postgres::TokenKind;

std::string word_of(std::string_view written) {
  if (written.starts_with('"')) return std::string(written.substr(1, written.size() - 2));
  std::string word(written);
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return word;
}

void find_partners(std::vector<Token>& tokens) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    tokens[i].partner = i;
    if (tokens[i].kind == Token::Kind::word) continue;
    if (tokens[i].text == "(") open.push_back(i);
    if (tokens[i].text != ")" || open.empty()) continue;
    tokens[i].partner = open.back();
    tokens[open.back()].partner = i;
    open.pop_back();
  }
}

// The words behind a colon, and behind a point behind such a word.
void find_locals(std::vector<Token>& tokens) {
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (tokens[i].kind != Token::Kind::word) continue;
    const bool field = i >= 2 && tokens[i - 1].text == "." && tokens[i - 2].local;
    tokens[i].local = tokens[i - 1].text == ":" || field;
  }
}

}  // namespace

std::vector<Token> tokens_of(const SourceText& source, sql::Range range) {
  const auto text = std::string_view(source.text).substr(range.begin, range.end - range.begin);
  std::vector<Token> tokens;
  for (const auto& each : sql::postgres::scan(text).tokens) {
    if (each.kind == TokenKind::comment) continue;
    const auto written = text.substr(each.begin, each.end - each.begin);
    const bool word = each.kind == TokenKind::name || each.kind == TokenKind::keyword;
    tokens.push_back({word ? Token::Kind::word : Token::Kind::other,
                      word ? word_of(written) : std::string(written),
                      {range.begin + static_cast<Offset>(each.begin), range.begin + static_cast<Offset>(each.end)}});
  }
  find_partners(tokens);
  find_locals(tokens);
  return tokens;
}

}  // namespace gapless::scenario
