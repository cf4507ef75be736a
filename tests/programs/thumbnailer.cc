/* The demo: a small thumbnail service. Three workers; one of them gets a picture whose palette was never loaded. */
extern "C" {
#include "runtime.h"
}

namespace photos {

struct Colour {
  unsigned char red, green, blue;
};

class Palette {
 public:
  APART Colour nearest(Colour wanted) const {
    int best = 0;
    for (int i = 1; i < count_; i++)
      if (distance(wanted, colours_[i]) < distance(wanted, colours_[best])) best = i;
    return colours_[best];
  }

 private:
  static int distance(Colour a, Colour b) { return (a.red - b.red) * (a.red - b.red) + (a.green - b.green); }
  Colour colours_[16];
  volatile int count_ = 16;
};

class Image {
 public:
  Image(int width, int height, const Palette *palette) : width_(width), height_(height), palette_(palette) {}
  int width() const { return width_; }
  int height() const { return height_; }
  APART Colour pixel(int x, int y) const {
    volatile Colour wanted;
    wanted.red = (unsigned char)x;
    wanted.green = (unsigned char)y;
    wanted.blue = 0;
    Colour colour = palette_->nearest({wanted.red, wanted.green, wanted.blue});
    sink = sink + colour.red;
    return colour;
  }

 private:
  int width_, height_;
  const Palette *volatile palette_;
};

class Thumbnailer {
 public:
  APART void scale(const Image &source, int width, int height) {
    volatile unsigned char row[256];
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++)
        row[x] = source.pixel(x * source.width() / width, y * source.height() / height).red;
    sink = sink + row[0];
  }
};

struct Job {
  const Image *image;
  int size;
};

class Queue {
 public:
  APART void run(const Job *jobs, int count) {
    for (int i = 0; i < count; i++) process(jobs[i]);
  }

 private:
  APART void process(const Job &job) {
    Thumbnailer thumbnailer;
    thumbnailer.scale(*job.image, job.size, job.size * 3 / 4);
    done_ = done_ + 1;
  }
  volatile int done_ = 0;
};

}  // namespace photos

static APART void wait_for_work(volatile int *queue_length) {
  __atomic_add_fetch(&parked, 1, __ATOMIC_SEQ_CST);
  for (;;) system_call(SYS_futex, (word)queue_length, 0, 0, 0);
}

static volatile int uploads;
static volatile int reports;

static APART void upload_worker(void *) { wait_for_work(&uploads); sink = uploads; }
static APART void report_worker(void *) { wait_for_work(&reports); sink = reports; }

static APART void scale_worker(void *) {
  wait_for_parked(3);
  photos::Palette palette;
  photos::Image cat(640, 480, &palette), mountain(1024, 768, nullptr);
  photos::Job jobs[2] = {{&cat, 8}, {&mountain, 64}};
  photos::Queue queue;
  queue.run(jobs, 2);
}

static char stacks[3][16384] __attribute__((aligned(64)));

int APART main(void) {
  spawn(upload_worker, stacks[1], nullptr);
  spawn(report_worker, stacks[2], nullptr);
  spawn(scale_worker, stacks[2] + sizeof stacks[2], nullptr);
  wait_for_work(&never);
  return 0;
}
