// C++: virtual calls, templates, sorting, exceptions, and signals that come in the middle of all that.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <map>
#include <stdexcept>
#include <string>
#include <sys/time.h>
#include <vector>

struct Shape {
  virtual ~Shape() {}
  virtual double area(int depth) const = 0;
};

struct Box : Shape {
  double a, b;
  Box(double a, double b) : a(a), b(b) {}
  double area(int depth) const override { return depth ? area(depth - 1) * 1.0001 : a * b; }
};

struct Group : Shape {
  std::vector<Shape *> shapes;
  double area(int depth) const override {
    double sum = 0;
    for (auto *shape : shapes) sum += shape->area(depth);
    return sum;
  }
};

static volatile double total;
static volatile long signals;

static void handle(int) {
  for (int i = 0; i < 20000; i++) signals += i;
}

template <class F>
static double apply(F function, int count) {
  double sum = 0;
  for (int i = 0; i < count; i++) sum += function(i);
  return sum;
}

int main() {
  struct sigaction action {};
  action.sa_handler = handle;
  sigaction(SIGALRM, &action, 0);
  itimerval timer{{0, 500}, {0, 500}};
  setitimer(ITIMER_REAL, &timer, 0);
  Group group;
  for (int i = 0; i < 50; i++) group.shapes.push_back(new Box(i, i + 1));
  const time_t end = time(0) + 3;
  long caught = 0;
  std::map<std::string, int> counts;
  while (time(0) < end) {
    total = apply([&](int i) { return group.area(i % 20); }, 200);
    for (int i = 0; i < 2000; i++) counts[std::to_string(i * 7919 % 5000)]++;
    std::vector<int> numbers(5000);
    for (size_t i = 0; i < numbers.size(); i++) numbers[i] = (i * 7919) % 10007;
    std::sort(numbers.begin(), numbers.end(), [](int a, int b) { return (a ^ 5) < (b ^ 5); });
    for (int i = 0; i < 300; i++) {
      try {
        if (i % 2) throw std::runtime_error("odd");
      } catch (std::exception &) {
        caught++;
      }
    }
  }
  printf("%g %ld\n", total, caught);
}
