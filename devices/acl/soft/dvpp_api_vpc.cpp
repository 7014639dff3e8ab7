// SPDX-License-Identifier: Apache-2.0
// DVPP: resize, crop, paste, colour conversion and borders.
#include "devices/acl/soft/dvpp_vpc_call.h"

using namespace infer_server::devices::acl;

aclError acldvppVpcResizeAsync(acldvppChannelDesc* channelDesc, acldvppPicDesc* inputDesc,
                               acldvppPicDesc* outputDesc, acldvppResizeConfig* resizeConfig,
                               aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  VpcCall call(__func__, channelDesc);
  call.SetFilter(resizeConfig);
  call.Add(inputDesc, outputDesc, {});
  return call.Queue(stream, fault);
}

aclError acldvppVpcCropAsync(acldvppChannelDesc* channelDesc, acldvppPicDesc* inputDesc,
                             acldvppPicDesc* outputDesc, acldvppRoiConfig* cropArea,
                             aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_NOT_NULL(cropArea);
  VpcCall call(__func__, channelDesc);
  call.Add(inputDesc, outputDesc, {cropArea, nullptr, nullptr});
  return call.Queue(stream, fault);
}

aclError acldvppVpcCropResizeAsync(acldvppChannelDesc* channelDesc, acldvppPicDesc* inputDesc,
                                   acldvppPicDesc* outputDesc, acldvppRoiConfig* cropArea,
                                   acldvppResizeConfig* resizeConfig, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_NOT_NULL(cropArea);
  VpcCall call(__func__, channelDesc);
  call.SetFilter(resizeConfig);
  call.Add(inputDesc, outputDesc, {cropArea, nullptr, nullptr});
  return call.Queue(stream, fault);
}

aclError acldvppVpcCropAndPasteAsync(acldvppChannelDesc* channelDesc, acldvppPicDesc* inputDesc,
                                     acldvppPicDesc* outputDesc, acldvppRoiConfig* cropArea,
                                     acldvppRoiConfig* pasteArea, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_NOT_NULL(cropArea);
  ACL_REQUIRE_NOT_NULL(pasteArea);
  VpcCall call(__func__, channelDesc);
  call.Add(inputDesc, outputDesc, {cropArea, pasteArea, nullptr});
  return call.Queue(stream, fault);
}

aclError acldvppVpcCropResizePasteAsync(acldvppChannelDesc* channelDesc, acldvppPicDesc* inputDesc,
                                        acldvppPicDesc* outputDesc, acldvppRoiConfig* cropArea,
                                        acldvppRoiConfig* pasteArea,
                                        acldvppResizeConfig* resizeConfig, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_NOT_NULL(cropArea);
  ACL_REQUIRE_NOT_NULL(pasteArea);
  VpcCall call(__func__, channelDesc);
  call.SetFilter(resizeConfig);
  call.Add(inputDesc, outputDesc, {cropArea, pasteArea, nullptr});
  return call.Queue(stream, fault);
}

aclError acldvppVpcBatchCropAsync(acldvppChannelDesc* channelDesc,
                                  acldvppBatchPicDesc* srcBatchPicDescs, uint32_t* roiNums,
                                  uint32_t size, acldvppBatchPicDesc* dstBatchPicDescs,
                                  acldvppRoiConfig* cropAreas[], aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  VpcCall call(__func__, channelDesc);
  call.AddBatch(srcBatchPicDescs, roiNums, size, dstBatchPicDescs, cropAreas, nullptr, nullptr);
  return call.Queue(stream, fault);
}

aclError acldvppVpcBatchCropResizeAsync(acldvppChannelDesc* channelDesc,
                                        acldvppBatchPicDesc* srcBatchPicDescs, uint32_t* roiNums,
                                        uint32_t size, acldvppBatchPicDesc* dstBatchPicDescs,
                                        acldvppRoiConfig* cropAreas[],
                                        acldvppResizeConfig* resizeConfig, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  VpcCall call(__func__, channelDesc);
  call.SetFilter(resizeConfig);
  call.AddBatch(srcBatchPicDescs, roiNums, size, dstBatchPicDescs, cropAreas, nullptr, nullptr);
  return call.Queue(stream, fault);
}

aclError acldvppVpcBatchCropAndPasteAsync(acldvppChannelDesc* channelDesc,
                                          acldvppBatchPicDesc* srcBatchPicDescs, uint32_t* roiNums,
                                          uint32_t size, acldvppBatchPicDesc* dstBatchPicDescs,
                                          acldvppRoiConfig* cropAreas[],
                                          acldvppRoiConfig* pasteAreas[], aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_NOT_NULL(pasteAreas);
  VpcCall call(__func__, channelDesc);
  call.AddBatch(srcBatchPicDescs, roiNums, size, dstBatchPicDescs, cropAreas, pasteAreas, nullptr);
  return call.Queue(stream, fault);
}

aclError acldvppVpcBatchCropResizePasteAsync(
    acldvppChannelDesc* channelDesc, acldvppBatchPicDesc* srcBatchPicDescs, uint32_t* roiNums,
    uint32_t size, acldvppBatchPicDesc* dstBatchPicDescs, acldvppRoiConfig* cropAreas[],
    acldvppRoiConfig* pasteAreas[], acldvppResizeConfig* resizeConfig, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_NOT_NULL(pasteAreas);
  VpcCall call(__func__, channelDesc);
  call.SetFilter(resizeConfig);
  call.AddBatch(srcBatchPicDescs, roiNums, size, dstBatchPicDescs, cropAreas, pasteAreas, nullptr);
  return call.Queue(stream, fault);
}

aclError acldvppVpcBatchCropResizeMakeBorderAsync(
    acldvppChannelDesc* channelDesc, acldvppBatchPicDesc* srcBatchPicDescs, uint32_t* roiNums,
    uint32_t size, acldvppBatchPicDesc* dstBatchPicDescs, acldvppRoiConfig* cropAreas[],
    acldvppBorderConfig* borderCfgs[], acldvppResizeConfig* resizeConfig, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_NOT_NULL(borderCfgs);
  VpcCall call(__func__, channelDesc);
  call.SetFilter(resizeConfig);
  call.AddBatch(srcBatchPicDescs, roiNums, size, dstBatchPicDescs, cropAreas, nullptr, borderCfgs);
  return call.Queue(stream, fault);
}

aclError acldvppVpcConvertColorAsync(acldvppChannelDesc* channelDesc, acldvppPicDesc* inputDesc,
                                     acldvppPicDesc* outputDesc, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  VpcCall call(__func__, channelDesc);
  call.RequireSame(inputDesc, outputDesc, nullptr);
  call.Add(inputDesc, outputDesc, {});
  return call.Queue(stream, fault);
}

aclError acldvppVpcMakeBorderAsync(const acldvppChannelDesc* channelDesc,
                                   const acldvppPicDesc* inputDesc, acldvppPicDesc* outputDesc,
                                   const acldvppBorderConfig* borderConfig, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_NOT_NULL(borderConfig);
  VpcCall call(__func__, channelDesc);
  call.RequireSame(inputDesc, outputDesc, borderConfig);
  call.Add(inputDesc, outputDesc, {nullptr, nullptr, borderConfig});
  return call.Queue(stream, fault);
}
