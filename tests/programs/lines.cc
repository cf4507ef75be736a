// Functions inlined into each other, with the kinds of names and scopes that debug information has; built for the
// fixtures of tests/data/dwarf (make_dwarf.sh). Nothing runs it.
#include "lines.h"

extern "C" int outside(int);

namespace shop {
namespace {
inline int hidden(int x) {
  return x * 3 + outside(x);
}
}

template <class T>
class Stack {
 public:
  explicit Stack(T first) : top_(first) {}
  int push(T value) {
    int sum = clamp(static_cast<int>(value));
    top_ = value;
    return sum + hidden(sum);
  }

 private:
  T top_;
};

struct Item {
  int weight;
  static int total(const Item* items, int count);
};

int Item::total(const Item* items, int count) {
  int sum = 0;
  for (int i = 0; i < count; i++) {
    sum += clamp(items[i].weight);
    if (sum > 1000) [[unlikely]] {
      sum = outside(sum) + hidden(i);
    }
  }
  return sum;
}
}

__attribute__((noinline)) static int local(int x) {
  shop::Stack<long> stack(x);
  return stack.push(x + 1) + 1;
}

extern "C" int main() {
  shop::Item items[3] = {{1}, {outside(2)}, {3}};
  return local(shop::Item::total(items, 3));
}
