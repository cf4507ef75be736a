// Virtual calls, templates, lambdas, exceptions: the crash happens in a destructor that an exception runs.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>
#include <unistd.h>

#define APART __attribute__((noinline))

static volatile int ready;

namespace shapes {

struct Shape {
  virtual ~Shape() = default;
  virtual double area(int depth) const = 0;
};

APART double measure(const std::vector<std::unique_ptr<Shape>> &shapes, int depth);

struct Guard {
  bool armed;
  APART ~Guard() {
    if (!armed) return;
    while (!ready) usleep(1000);
    usleep(50000);
    std::abort();
  }
};

template <int Sides>
struct Polygon : Shape {
  APART double area(int depth) const override {
    Guard guard{depth == 0};
    if (depth == 0) throw std::runtime_error("no such polygon: " + std::to_string(Sides));
    std::vector<std::unique_ptr<Shape>> inner;
    inner.push_back(std::make_unique<Polygon<(Sides + 1) % 5>>());
    return measure(inner, depth - 1) + Sides;
  }
};

double measure(const std::vector<std::unique_ptr<Shape>> &shapes, int depth) {
  double sum = 0;
  std::function<void(const std::unique_ptr<Shape> &)> add = [&](const auto &shape) { sum += shape->area(depth); };
  try {
    std::for_each(shapes.begin(), shapes.end(), add);
  } catch (const std::logic_error &) {
    sum = -1;
  }
  return sum;
}

}  // namespace shapes

APART static void waiting(int depth) {
  std::vector<int> numbers{3, 1, 2};
  if (depth > 0) {
    std::sort(numbers.begin(), numbers.end(), [&](int a, int b) {
      waiting(depth - 1);
      return a < b;
    });
    return;
  }
  ready = 1;
  for (;;) pause();
}

int main() {
  std::thread other([] { waiting(5); });
  std::vector<std::unique_ptr<shapes::Shape>> all;
  all.push_back(std::make_unique<shapes::Polygon<3>>());
  try {
    return (int)shapes::measure(all, 6);
  } catch (const std::exception &) {
    return 2;
  }
}
