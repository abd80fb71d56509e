// A parameter stands in the body by its name or as $1; its argument goes there as CAST(argument AS type).
#include "spec/functions.h"

#include <algorithm>
#include <charconv>

namespace gapless::spec {
namespace {

bool is_name(const Word& word) { return word.kind == Word::Kind::name || word.kind == Word::Kind::quoted_name; }

// Walks over the words of one text.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text), words_(words_of(text)) {}

  bool done() const { return at_ == words_.size(); }
  const Word& word() const {
    static const Word end;
    return done() ? end : words_[at_];
  }
  std::size_t offset() const { return done() ? text_.size() : words_[at_].begin; }
  void skip() { at_ += done() ? 0 : 1; }
  bool take(std::string_view word) {
    if (done() || !words_[at_].is(word)) return false;
    ++at_;
    return true;
  }

  // The texts between commas, up to the parenthesis that closes; none if nothing closes it.
  std::optional<std::vector<std::string_view>> arguments() {
    std::vector<std::string_view> result;
    if (take(")")) return result;
    std::size_t depth = 0;
    std::size_t begin = offset();
    for (; !done(); ++at_) {
      if (word().is("(")) ++depth;
      const bool closes = word().is(")");
      if (depth == 0 && (closes || word().is(","))) {
        result.push_back(text_.substr(begin, words_[at_].begin - begin));
        begin = words_[at_].end;
      }
      if (closes && depth == 0) {
        ++at_;
        return result;
      }
      if (closes) --depth;
    }
    return std::nullopt;
  }

 private:
  std::string_view text_;
  std::vector<Word> words_;
  std::size_t at_ = 0;
};

std::pair<std::string, std::string> parameter_of(std::string_view written) {
  auto words = words_of(written);
  if (!words.empty() && words.front().is("in")) words.erase(words.begin());
  if (words.empty()) return {};
  // One word is a type without a name; "double precision" is no type that we have.
  const bool named = words.size() > 1 && is_name(words[0]) && is_name(words[1]);
  const auto type = words[named ? 1 : 0].begin;
  return {named ? words[0].text : "", std::string(written.substr(type, words.back().end - type))};
}

const std::pair<std::string, std::string>* find_parameter(const SqlFunction& function, const std::vector<Word>& words,
                                                          std::size_t at, std::size_t& taken) {
  const Word& word = words[at];
  const auto stands = [&](std::size_t place, std::string_view mark) {
    return place < words.size() && words[place].is(mark);
  };
  taken = 1;
  if (word.is("$") && at + 1 < words.size() && words[at + 1].kind == Word::Kind::number) {
    std::size_t number = 0;
    const auto& digits = words[at + 1].text;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    taken = 2;
    return number >= 1 && number <= function.parameters.size() ? &function.parameters[number - 1] : nullptr;
  }
  const bool qualified = (at > 0 && stands(at - 1, ".")) || stands(at + 1, ".") || stands(at + 1, "(");
  if (!is_name(word) || qualified) return nullptr;
  const auto found = std::ranges::find(function.parameters, word.text, &std::pair<std::string, std::string>::first);
  return found == function.parameters.end() ? nullptr : &*found;
}

std::string body_with(const SqlFunction& function, const std::vector<std::string_view>& arguments) {
  const auto words = words_of(function.body);
  std::string result;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < words.size(); ++at) {
    std::size_t taken = 1;
    const auto* parameter = find_parameter(function, words, at, taken);
    if (parameter == nullptr) continue;
    const auto number = static_cast<std::size_t>(parameter - function.parameters.data());
    result += function.body.substr(copied, words[at].begin - copied);
    result += "CAST(" + std::string(arguments[number]) + " AS " + parameter->second + ")";
    copied = words[at + taken - 1].end;
    at += taken - 1;
  }
  result += function.body.substr(copied);
  while (!result.empty() && (result.back() == ';' || result.back() == ' ' || result.back() == '\n')) result.pop_back();
  return result;
}

}  // namespace

std::optional<Misfit> add_function(std::string_view text, SqlFunctions& functions) {
  constexpr std::string_view form =
      "a function must have the form CREATE FUNCTION name(…) RETURNS void LANGUAGE SQL AS $$ one statement $$";
  Walk walk(text);
  const auto misfit = [&]() { return Misfit{walk.offset(), std::string(form)}; };
  if (!walk.take("create")) return misfit();
  if (walk.take("or") && !walk.take("replace")) return misfit();
  if (!walk.take("function") || !is_name(walk.word())) return misfit();
  const auto name = walk.word().text;
  walk.skip();
  SqlFunction function;
  const auto parameters = walk.take("(") ? walk.arguments() : std::nullopt;
  if (!parameters) return misfit();
  for (const auto each : *parameters) {
    function.parameters.push_back(parameter_of(each));
    if (function.parameters.back().second.empty()) return misfit();
  }
  if (!walk.take("returns") || !walk.take("void")) return misfit();
  bool language = false;
  while (!walk.done()) {
    if (walk.take("language")) {
      language = walk.take("sql");
      if (!language) return misfit();
    } else if (walk.take("as") &&
               (walk.word().kind == Word::Kind::string || walk.word().kind == Word::Kind::dollar_string)) {
      function.body = walk.word().text;
      walk.skip();
    } else {
      return misfit();
    }
  }
  if (!language || words_of(function.body).empty()) return misfit();
  functions.insert_or_assign(name, std::move(function));
  return std::nullopt;
}

std::optional<Call> expanded_call(std::string_view text, const SqlFunctions& functions, std::optional<Misfit>& misfit) {
  const auto words = words_of(text);
  std::size_t mention = words.size();
  for (std::size_t i = 0; i + 1 < words.size() && mention == words.size(); ++i) {
    if (is_name(words[i]) && words[i + 1].is("(") && functions.contains(words[i].text)) mention = i;
  }
  if (mention == words.size()) return std::nullopt;
  const auto refuse = [&](std::string message) {
    misfit = Misfit{words[mention].begin, std::move(message)};
    return std::nullopt;
  };
  const auto& name = words[mention].text;
  const auto& function = functions.at(name);
  Walk walk(text);
  const bool bare = walk.take("select") && is_name(walk.word()) && walk.word().text == name;
  walk.skip();
  walk.take("(");
  const auto arguments = bare ? walk.arguments() : std::nullopt;
  if (!arguments || !walk.done()) return refuse("a function can be called only as SELECT " + name + "(…)");
  if (arguments->size() != function.parameters.size()) {
    return refuse("function " + name + " takes " + std::to_string(function.parameters.size()) + " arguments");
  }
  return Call{name, body_with(function, *arguments)};
}

}  // namespace gapless::spec
