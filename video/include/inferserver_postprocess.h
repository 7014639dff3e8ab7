/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Post-processors of your own, as shared objects in any language that speaks C.
 *
 * Write a table of functions, return it from inferserver_postprocess_entry(), build a shared object
 * and name it in custom-postprocess=FILE.so, or as "custom_postprocess" in the JSON file beside the
 * model. Nothing needs to be linked.
 *
 *   static int process(void *self, const inferserver_item *item, char *error, size_t size) {
 *     inferserver_object object = {0};
 *     ... read item->outputs[0] ...
 *     return item->add_object(item->results, &object);
 *   }
 *   static const inferserver_postprocess table = {INFERSERVER_POSTPROCESS_ABI, 100, 0,
 *                                                 NULL, NULL, process, NULL};
 *   const inferserver_postprocess *inferserver_postprocess_entry(void) { return &table; }
 *
 * Threads: several instances may be at work at once, in different threads; one instance is called
 * by one thread at a time. Functions return 0 for success. `error` takes the reason of a failure,
 * at most `error_size` bytes with the 0 at the end; the user reads it. Exceptions must not leave a
 * function; C++ ones are caught and count as failures. A shared object stays loaded to the end of
 * the process.
 */
#ifndef INFERSERVER_POSTPROCESS_H
#define INFERSERVER_POSTPROCESS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of what is declared here. It changes when an older shared object would not work. */
#define INFERSERVER_POSTPROCESS_ABI 1

/* Most objects of an item and most points of an object that a table may ask for; both together at
 * most 4194304 points. */
#define INFERSERVER_MOST_OBJECTS 65536
#define INFERSERVER_MOST_POINTS 256

typedef struct inferserver_tensor {
  const char* name;
  const int64_t* shape; /* rank numbers; shape[0] is 1: one item. */
  uint32_t rank;
} inferserver_tensor;

/* What is known of the network. Valid during the call. */
typedef struct inferserver_network {
  const inferserver_tensor* inputs;
  const inferserver_tensor* outputs;
  uint32_t input_count;
  uint32_t output_count;
  uint32_t label_count; /* Names of classes that the user gave; 0 = none. */
  float least_score;    /* What scores lower is dropped in any case, 0..1: no need to add it. */
} inferserver_network;

enum { INFERSERVER_BGR = 0, INFERSERVER_RGB = 1, INFERSERVER_GRAY = 2 };

/* How the network wants its picture: (pixel * scale - mean) / std for each channel, in the order of
 * the network's channels. */
typedef struct inferserver_input {
  uint32_t color_order;
  float scale[3], mean[3], std[3];
  uint32_t keep_aspect_ratio; /* 0: stretched. 1: letterboxed. */
  uint32_t centered;          /* Letterbox: 0: padding right and below. 1: on both sides. */
  float pad_value;            /* 0..255, before scale, mean and std. */
} inferserver_input;

/* In pixels of the network's input picture, origin top-left. */
typedef struct inferserver_point {
  float x, y;
  float score; /* 0..1 */
} inferserver_point;

typedef struct inferserver_object {
  float x1, y1, x2, y2; /* Corners, in pixels of the network's input picture. */
  float score;          /* 0..1 */
  int32_t label_id;     /* From 0; less than label_count where that is not 0, and than 65536. */
  const inferserver_point* points; /* As many as the table says, or NULL. */
} inferserver_object;

typedef struct inferserver_results inferserver_results;

/* One item: a frame, or a region of one. Valid during the call. */
typedef struct inferserver_item {
  const float* const* outputs; /* outputs[i]: the numbers of network output i. May be NaN. */
  int32_t input_width;         /* Pixels of the network's input picture. */
  int32_t input_height;
  inferserver_results* results;

  /* Each copies what it is given, and returns 0, or -1 when that cannot be: the item then fails,
   * whatever process() returns.
   *
   * Objects are thresholded, suppressed by nms-threshold (unless set: not at all), mapped to the
   * frame and clipped for you; boxes and points that are not finite are dropped. */
  int (*add_object)(inferserver_results* results, const inferserver_object* object);
  /* A class of the whole item, best first; at most 64. */
  int (*add_class)(inferserver_results* results, int32_t label_id, float score);
  /* 1 to 65536 finite numbers. */
  int (*set_embedding)(inferserver_results* results, const float* numbers, size_t count);
  /* A class for each cell of a grid over the item, row by row; 1 to 16384 columns and rows. */
  int (*set_mask)(inferserver_results* results, const uint8_t* cells, int32_t columns,
                  int32_t rows);
} inferserver_item;

/* What a shared object offers. Must stay valid and unchanged. */
typedef struct inferserver_postprocess {
  uint32_t abi;         /* INFERSERVER_POSTPROCESS_ABI */
  uint32_t max_objects; /* Of an item; one more fails it. 0 to INFERSERVER_MOST_OBJECTS. */
  uint32_t points;      /* Keypoints of an object. 0 to INFERSERVER_MOST_POINTS. */

  /* Optional. Changes `input`, which holds BGR 0..255, stretched, to what the network wants; the
   * user's settings win. Here, `network` has inputs only. */
  void (*default_input)(const inferserver_network* network, inferserver_input* input);
  /* Optional. Makes an instance for this network, or says why it does not fit. */
  int (*open)(const inferserver_network* network, void** self, char* error, size_t error_size);
  /* Adds the results of one item. `self` is what open() gave, else NULL. Called for every frame: it
   * should not allocate memory, and it must not keep pointers. */
  int (*process)(void* self, const inferserver_item* item, char* error, size_t error_size);
  /* Optional. Frees the instance; not called when open() failed. */
  void (*close)(void* self);
} inferserver_postprocess;

/* What the shared object must export. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const inferserver_postprocess*
inferserver_postprocess_entry(void);

#ifdef __cplusplus
}
#endif

#endif /* INFERSERVER_POSTPROCESS_H */
