#include "ngo/base/type.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

namespace ngo {

enum class Shade : std::uint8_t { light, dark = 5, darkest };
enum class Signed : std::int16_t { below = -2, above = 40 };
template <>
inline constexpr EnumRange kEnumRange<Signed>{-5, 50};

namespace other {
enum class Level : int { low = 10, high = 2000 };
constexpr std::array<EnumName, 2> enum_names(Level) {
  return {EnumName(Level::low, "LOW"), EnumName(Level::high, "very-high")};
}
template <class T>
struct Page {
  std::vector<T> items;
};
}  // namespace other

struct Uuid {
  explicit Uuid(int number = 0) : number_(number) {}
  int number_;
};
template <>
struct TextFormat<Uuid> {
  static constexpr std::string_view kName = "UUID";
  static void write(const Uuid& value, std::string& out) { out += "u" + std::to_string(value.number_); }
  static bool read(std::string_view text, Uuid& out, std::string& problem) {
    if (!text.starts_with('u')) {
      problem = "expected a UUID";
      return false;
    }
    out = Uuid(static_cast<int>(text.size()));
    return true;
  }
};

namespace {

using namespace std::chrono_literals;

struct Tree {
  std::string label;
  std::vector<Tree> children;
  std::unique_ptr<Tree> other;
  std::map<std::string, Tree> named;
};

struct Renamed {
  int user_id = 1;
  int plain = 2;
  std::string pass_word;
  static constexpr auto rules =
      ngo::rules(ngo::camel_case(), ngo::rename<&Renamed::plain>("x-plain"),
                 ngo::secret<&Renamed::pass_word>(), ngo::required<&Renamed::user_id>(),
                 ngo::description<&Renamed::user_id>("who"), ngo::type_name("renamed"));
};

TEST(Type, KnowsTheKindOfEverything) {
  EXPECT_EQ(type_of<bool>().kind(), Kind::boolean);
  EXPECT_EQ(type_of<std::uint16_t>().kind(), Kind::integer);
  EXPECT_EQ(type_of<std::uint16_t>().size(), 2U);
  EXPECT_FALSE(type_of<std::uint16_t>().is_signed());
  EXPECT_TRUE(type_of<long long>().is_signed());
  EXPECT_EQ(type_of<float>().kind(), Kind::floating);
  EXPECT_EQ(type_of<std::string>().kind(), Kind::string);
  EXPECT_EQ(type_of<std::string_view>().kind(), Kind::string_view);
  EXPECT_EQ(type_of<std::chrono::milliseconds>().kind(), Kind::duration);
  EXPECT_EQ(type_of<ByteSize>().kind(), Kind::byte_size);
  EXPECT_EQ(type_of<Shade>().kind(), Kind::enumeration);
  EXPECT_EQ(type_of<Uuid>().kind(), Kind::text);
  EXPECT_EQ(type_of<Tree>().kind(), Kind::object);
  EXPECT_EQ(type_of<std::vector<int>>().kind(), Kind::sequence);
  EXPECT_EQ((type_of<std::array<int, 3>>().kind()), Kind::sequence);
  EXPECT_EQ(type_of<std::set<std::string>>().kind(), Kind::sequence);
  EXPECT_EQ((type_of<std::map<std::string, int>>().kind()), Kind::map);
  EXPECT_EQ((type_of<std::unordered_map<std::string, int>>().kind()), Kind::map);
  EXPECT_EQ(type_of<std::optional<int>>().kind(), Kind::optional);
  EXPECT_EQ(type_of<std::unique_ptr<int>>().kind(), Kind::optional);
  EXPECT_EQ((type_of<std::variant<int, std::string>>().kind()), Kind::variant);
  EXPECT_EQ(&type_of<const int>(), &type_of<int>());
}

TEST(Type, NamesAreWithoutNamespaces) {
  EXPECT_EQ(type_of<Tree>().name(), "Tree");
  EXPECT_EQ(type_of<other::Level>().name(), "Level");
  EXPECT_TRUE(type_of<other::Page<int>>().name().starts_with("Page<int"));
  EXPECT_EQ(type_of<Renamed>().name(), "renamed");
}

TEST(Type, DescribesMembersWithTheirRules) {
  const Type& type = type_of<Renamed>();
  ASSERT_EQ(type.members().size(), 3U);
  const Member& user = type.members()[0];
  EXPECT_EQ(user.name, "userId");
  EXPECT_EQ(user.cpp_name, "user_id");
  EXPECT_EQ(user.json_key, ",\"userId\":");
  EXPECT_EQ(user.description, "who");
  EXPECT_TRUE(user.required);
  EXPECT_EQ(type.members()[1].name, "x-plain");
  EXPECT_EQ(type.members()[2].name, "passWord");
  EXPECT_TRUE(type.members()[2].secret);
  EXPECT_EQ(type.member("x-plain"), &type.members()[1]);
  EXPECT_EQ(type.member("plain"), nullptr);
  Renamed object;
  EXPECT_EQ(type.members()[2].in(&object), &object.pass_word);
}

TEST(Type, DescribesTypesThatContainThemselves) {
  const Type& type = type_of<Tree>();
  EXPECT_EQ(&type.members()[1].type->element(), &type);
  EXPECT_EQ(&type.members()[2].type->element(), &type);
  EXPECT_EQ(&type.members()[3].type->element(), &type);
}

TEST(Type, EnumeratorsComeFromTheCompilerOrFromTheUser) {
  const auto shades = type_of<Shade>().enum_names();
  ASSERT_EQ(shades.size(), 3U);
  EXPECT_EQ(shades[1].name, "dark");
  EXPECT_EQ(shades[1].value, 5);
  const auto levels = type_of<other::Level>().enum_names();
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_EQ(levels[1].name, "very-high");
  EXPECT_EQ(levels[1].value, 2000);
  const auto signs = type_of<Signed>().enum_names();
  ASSERT_EQ(signs.size(), 2U);
  EXPECT_EQ(signs[0].value, -2);
  const Shade shade = Shade::darkest;
  EXPECT_EQ(enum_name(type_of<Shade>(), &shade), "darkest");
  const auto unnamed = static_cast<Shade>(77);
  EXPECT_EQ(enum_name(type_of<Shade>(), &unnamed), "");
  EXPECT_EQ(enum_value(type_of<Shade>(), "light")->value, 0);
  EXPECT_EQ(enum_value(type_of<Shade>(), "Light"), nullptr);
}

template <class C>
void appends_and_visits() {
  const Type& type = type_of<C>();
  C container;
  const SequenceOps& ops = type.sequence();
  for (int i = 1; i <= 3; ++i) {
    ops.append(&container, [&](void* slot) { store_integer(type.element(), slot, i % 2); });
  }
  std::vector<std::int64_t> seen;
  ops.each(&container, [&](const void* element) { seen.push_back(load_integer(type.element(), element)); });
  EXPECT_EQ(seen.size(), ops.size(&container));
  EXPECT_EQ(seen.back(), 1);
  ops.clear(&container);
  EXPECT_EQ(ops.size(&container), 0U);
}

TEST(Type, SequencesOfEveryKindAreFilledAndVisited) {
  appends_and_visits<std::vector<int>>();
  appends_and_visits<std::deque<std::uint8_t>>();
  appends_and_visits<std::list<long>>();
  appends_and_visits<std::set<short>>();
  std::vector<bool> bits;
  const Type& type = type_of<std::vector<bool>>();
  type.sequence().append(&bits, [](void* slot) { *static_cast<bool*>(slot) = true; });
  EXPECT_EQ(type.sequence().data, nullptr);
  EXPECT_EQ(bits, std::vector<bool>{true});
  const std::vector<int> numbers{4, 5};
  EXPECT_EQ(type_of<std::vector<int>>().sequence().data(&numbers), numbers.data());
  EXPECT_EQ((type_of<std::array<int, 3>>().sequence().fixed_size), 3U);
}

TEST(Type, MapsOptionalsAndVariantsAreReached) {
  std::map<std::string, int> map;
  const Type& map_type = type_of<std::map<std::string, int>>();
  *static_cast<int*>(map_type.map().insert(&map, "a")) = 5;
  EXPECT_EQ(map_type.map().insert(&map, "a"), nullptr);
  EXPECT_EQ(*static_cast<int*>(map_type.map().find(&map, "a")), 5);
  EXPECT_EQ(map_type.map().find(&map, "b"), nullptr);

  std::unique_ptr<int> pointer;
  const Type& pointer_type = type_of<std::unique_ptr<int>>();
  EXPECT_EQ(pointer_type.optional().get(&pointer), nullptr);
  *static_cast<int*>(pointer_type.optional().emplace(&pointer)) = 6;
  EXPECT_EQ(*pointer, 6);
  pointer_type.optional().reset(&pointer);
  EXPECT_EQ(pointer, nullptr);

  std::variant<int, std::string> variant;
  const VariantOps& ops = type_of<std::variant<int, std::string>>().variant();
  *static_cast<std::string*>(ops.emplace(&variant, 1)) = "one";
  EXPECT_EQ(ops.index(&variant), 1U);
  EXPECT_EQ(ops.get(&variant), &std::get<1>(variant));
  EXPECT_EQ(ops.alternatives[0], &type_of<int>());
}

TEST(Type, DurationsConvertExactlyOrNotAtAll) {
  std::chrono::milliseconds out{};
  EXPECT_TRUE(store_duration(type_of<std::chrono::milliseconds>(), &out, 1500ms));
  EXPECT_EQ(out, 1500ms);
  EXPECT_FALSE(store_duration(type_of<std::chrono::milliseconds>(), &out, 1us));
  std::chrono::duration<std::int8_t> narrow{};
  EXPECT_TRUE(store_duration(type_of<decltype(narrow)>(), &narrow, -128s));
  EXPECT_EQ(narrow.count(), -128);
  EXPECT_FALSE(store_duration(type_of<decltype(narrow)>(), &narrow, 128s));
  std::chrono::duration<double> floating{};
  EXPECT_TRUE(store_duration(type_of<decltype(floating)>(), &floating, 1500ms));
  EXPECT_EQ(floating.count(), 1.5);
  std::chrono::nanoseconds back{};
  EXPECT_TRUE(load_duration(type_of<decltype(floating)>(), &floating, back));
  EXPECT_EQ(back, 1500ms);
  const std::chrono::hours too_long(std::numeric_limits<std::int64_t>::max() / 2);
  EXPECT_FALSE(load_duration(type_of<std::chrono::hours>(), &too_long, back));
}

struct BadPattern {
  std::string text;
  static constexpr auto rules = ngo::rules(ngo::pattern<&BadPattern::text>("[a-"));
};
struct TwoNames {
  int a = 0;
  int b = 0;
  static constexpr auto rules = ngo::rules(ngo::rename<&TwoNames::a>("b"));
};
struct Reversed {
  std::string text;
  static constexpr auto rules = ngo::rules(ngo::length<&Reversed::text>(5, 2));
};

template <class T>
std::string mistake() {
  try {
    (void)type_of<T>();
  } catch (const Error& error) {
    return error.message();
  }
  return "none";
}

TEST(Type, MistakesInRulesAreReportedAtTheFirstUseAndEveryUse) {
  EXPECT_NE(mistake<BadPattern>().find("rules of BadPattern: the pattern of \"text\""), std::string::npos)
      << mistake<BadPattern>();
  EXPECT_EQ(mistake<BadPattern>(), mistake<BadPattern>());
  EXPECT_NE(mistake<std::vector<BadPattern>>(), "none");
  EXPECT_NE(mistake<TwoNames>().find("two members are called \"b\""), std::string::npos);
  EXPECT_NE(mistake<Reversed>().find("least above its greatest"), std::string::npos);
}

namespace one {
struct Same {
  int a;
};
}  // namespace one
namespace two {
struct Same {
  int b;
};
}  // namespace two

TEST(Type, AlternativesOfOneNameAreAMistake) {
  EXPECT_NE((mistake<std::variant<one::Same, two::Same>>().find("tell them apart")), std::string::npos);
}

enum class FarAway : int { one = 1000 };

TEST(Type, AnEnumWhoseValuesAreNotFoundIsAMistake) {
  EXPECT_EQ(mistake<FarAway>(),
            "no enumerator of FarAway has a value from 0 to 31; specialise ngo::kEnumRange, or write a "
            "function enum_names");
}

struct Raced {
  std::vector<Tree> trees;
  Shade shade;
};

TEST(Type, ManyThreadsMayBeTheFirst) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back(
        [&] { good += type_of<Raced>().members().size() == 2 && type_of<Shade>().enum_names().size() == 3; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
}

TEST(Type, SaysWhatAValueLooksLike) {
  EXPECT_EQ(describe(type_of<std::int8_t>()), "a whole number from -128 to 127");
  EXPECT_EQ(describe(type_of<std::uint64_t>()), "a whole number, 0 or more");
  EXPECT_EQ(describe_limits(type_of<std::uint64_t>()), "a whole number from 0 to 18446744073709551615");
  EXPECT_EQ(describe_limits(type_of<std::int32_t>()), "a whole number from -2147483648 to 2147483647");
  EXPECT_EQ(describe(type_of<Shade>()), "one of \"light\", \"dark\", \"darkest\"");
  EXPECT_EQ(describe(type_of<std::optional<bool>>()), "true or false, or null");
  EXPECT_EQ((describe(type_of<std::variant<int, std::string>>())), "a whole number or a string");
  EXPECT_EQ(describe(type_of<Uuid>()), "a string with a UUID");
}

}  // namespace
}  // namespace ngo
