// SPDX-License-Identifier: Apache-2.0
#define ENABLE_DVPP_INTERFACE
#include "acl/ops/acl_dvpp.h"

#include "devices/acl/soft/unbuilt/unbuilt.h"

UNBUILT(aclvdecChannelDesc*, aclvdecCreateChannelDesc, ())
UNBUILT(aclError, aclvdecDestroyChannelDesc, (aclvdecChannelDesc * channelDesc))
UNBUILT(aclError, aclvdecSetChannelDescChannelId,
        (aclvdecChannelDesc * channelDesc, uint32_t channelId))
UNBUILT(aclError, aclvdecSetChannelDescThreadId,
        (aclvdecChannelDesc * channelDesc, uint64_t threadId))
UNBUILT(aclError, aclvdecSetChannelDescCallback,
        (aclvdecChannelDesc * channelDesc, aclvdecCallback callback))
UNBUILT(aclError, aclvdecSetChannelDescEnType,
        (aclvdecChannelDesc * channelDesc, acldvppStreamFormat enType))
UNBUILT(aclError, aclvdecSetChannelDescOutPicFormat,
        (aclvdecChannelDesc * channelDesc, acldvppPixelFormat outPicFormat))
UNBUILT(aclError, aclvdecSetChannelDescOutPicWidth,
        (aclvdecChannelDesc * channelDesc, uint32_t outPicWidth))
UNBUILT(aclError, aclvdecSetChannelDescOutPicHeight,
        (aclvdecChannelDesc * channelDesc, uint32_t outPicHeight))
UNBUILT(aclError, aclvdecSetChannelDescRefFrameNum,
        (aclvdecChannelDesc * channelDesc, uint32_t refFrameNum))
UNBUILT(aclError, aclvdecSetChannelDescBitDepth,
        (aclvdecChannelDesc * channelDesc, uint32_t bitDepth))
UNBUILT(uint32_t, aclvdecGetChannelDescChannelId, (const aclvdecChannelDesc* channelDesc))
UNBUILT(uint64_t, aclvdecGetChannelDescThreadId, (const aclvdecChannelDesc* channelDesc))
UNBUILT(aclvdecCallback, aclvdecGetChannelDescCallback, (const aclvdecChannelDesc* channelDesc))
UNBUILT(acldvppStreamFormat, aclvdecGetChannelDescEnType, (const aclvdecChannelDesc* channelDesc))
UNBUILT(acldvppPixelFormat, aclvdecGetChannelDescOutPicFormat,
        (const aclvdecChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvdecGetChannelDescOutPicWidth, (const aclvdecChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvdecGetChannelDescOutPicHeight, (const aclvdecChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvdecGetChannelDescBitDepth, (const aclvdecChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvdecGetChannelDescRefFrameNum, (const aclvdecChannelDesc* channelDesc))
UNBUILT(aclvencChannelDesc*, aclvencCreateChannelDesc, ())
UNBUILT(aclError, aclvencDestroyChannelDesc, (aclvencChannelDesc * channelDesc))
UNBUILT(aclError, aclvencSetChannelDescThreadId,
        (aclvencChannelDesc * channelDesc, uint64_t threadId))
UNBUILT(aclError, aclvencSetChannelDescCallback,
        (aclvencChannelDesc * channelDesc, aclvencCallback callback))
UNBUILT(aclError, aclvencSetChannelDescEnType,
        (aclvencChannelDesc * channelDesc, acldvppStreamFormat enType))
UNBUILT(aclError, aclvencSetChannelDescPicFormat,
        (aclvencChannelDesc * channelDesc, acldvppPixelFormat picFormat))
UNBUILT(aclError, aclvencSetChannelDescPicWidth,
        (aclvencChannelDesc * channelDesc, uint32_t picWidth))
UNBUILT(aclError, aclvencSetChannelDescPicHeight,
        (aclvencChannelDesc * channelDesc, uint32_t picHeight))
UNBUILT(aclError, aclvencSetChannelDescKeyFrameInterval,
        (aclvencChannelDesc * channelDesc, uint32_t keyFrameInterval))
UNBUILT(aclError, aclvencSetChannelDescBufAddr, (aclvencChannelDesc * channelDesc, void* bufAddr))
UNBUILT(aclError, aclvencSetChannelDescBufSize,
        (aclvencChannelDesc * channelDesc, uint32_t bufSize))
UNBUILT(aclError, aclvencSetChannelDescRcMode, (aclvencChannelDesc * channelDesc, uint32_t rcMode))
UNBUILT(aclError, aclvencSetChannelDescSrcRate,
        (aclvencChannelDesc * channelDesc, uint32_t srcRate))
UNBUILT(aclError, aclvencSetChannelDescMaxBitRate,
        (aclvencChannelDesc * channelDesc, uint32_t maxBitRate))
UNBUILT(aclError, aclvencSetChannelDescParam,
        (aclvencChannelDesc * channelDesc, aclvencChannelDescParamType paramType, size_t length,
         const void* param))
UNBUILT(void*, aclvencGetChannelDescBufAddr, (const aclvencChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvencGetChannelDescBufSize, (const aclvencChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvencGetChannelDescChannelId, (const aclvencChannelDesc* channelDesc))
UNBUILT(uint64_t, aclvencGetChannelDescThreadId, (const aclvencChannelDesc* channelDesc))
UNBUILT(aclvencCallback, aclvencGetChannelDescCallback, (const aclvencChannelDesc* channelDesc))
UNBUILT(acldvppStreamFormat, aclvencGetChannelDescEnType, (const aclvencChannelDesc* channelDesc))
UNBUILT(acldvppPixelFormat, aclvencGetChannelDescPicFormat, (const aclvencChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvencGetChannelDescPicWidth, (const aclvencChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvencGetChannelDescPicHeight, (const aclvencChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvencGetChannelDescKeyFrameInterval, (const aclvencChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvencGetChannelDescRcMode, (const aclvencChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvencGetChannelDescSrcRate, (const aclvencChannelDesc* channelDesc))
UNBUILT(uint32_t, aclvencGetChannelDescMaxBitRate, (const aclvencChannelDesc* channelDesc))
UNBUILT(aclError, aclvencGetChannelDescParam,
        (const aclvencChannelDesc* channelDesc, aclvencChannelDescParamType paramType,
         size_t length, size_t* paramRetSize, void* param))
UNBUILT(uint8_t, aclvencGetFrameConfigForceIFrame, (const aclvencFrameConfig* config))
UNBUILT(uint8_t, aclvencGetFrameConfigEos, (const aclvencFrameConfig* config))
UNBUILT(aclError, aclvencSetFrameConfigForceIFrame,
        (aclvencFrameConfig * config, uint8_t forceIFrame))
UNBUILT(aclError, aclvencSetFrameConfigEos, (aclvencFrameConfig * config, uint8_t eos))
UNBUILT(aclError, aclvencDestroyFrameConfig, (aclvencFrameConfig * config))
UNBUILT(aclvencFrameConfig*, aclvencCreateFrameConfig, ())
UNBUILT(aclError, aclvencCreateChannel, (aclvencChannelDesc * channelDesc))
UNBUILT(aclError, aclvencDestroyChannel, (aclvencChannelDesc * channelDesc))
UNBUILT(aclError, aclvencSendFrame,
        (aclvencChannelDesc * channelDesc, acldvppPicDesc* input, void* reserve,
         aclvencFrameConfig* config, void* userdata))
UNBUILT(acldvppStreamDesc*, acldvppCreateStreamDesc, ())
UNBUILT(aclError, acldvppDestroyStreamDesc, (acldvppStreamDesc * streamDesc))
UNBUILT(aclError, acldvppSetStreamDescData, (acldvppStreamDesc * streamDesc, void* dataDev))
UNBUILT(aclError, acldvppSetStreamDescSize, (acldvppStreamDesc * streamDesc, uint32_t size))
UNBUILT(aclError, acldvppSetStreamDescFormat,
        (acldvppStreamDesc * streamDesc, acldvppStreamFormat format))
UNBUILT(aclError, acldvppSetStreamDescTimestamp,
        (acldvppStreamDesc * streamDesc, uint64_t timestamp))
UNBUILT(aclError, acldvppSetStreamDescRetCode, (acldvppStreamDesc * streamDesc, uint32_t retCode))
UNBUILT(aclError, acldvppSetStreamDescEos, (acldvppStreamDesc * streamDesc, uint8_t eos))
UNBUILT(void*, acldvppGetStreamDescData, (const acldvppStreamDesc* streamDesc))
UNBUILT(uint32_t, acldvppGetStreamDescSize, (const acldvppStreamDesc* streamDesc))
UNBUILT(acldvppStreamFormat, acldvppGetStreamDescFormat, (const acldvppStreamDesc* streamDesc))
UNBUILT(uint64_t, acldvppGetStreamDescTimestamp, (const acldvppStreamDesc* streamDesc))
UNBUILT(uint32_t, acldvppGetStreamDescRetCode, (const acldvppStreamDesc* streamDesc))
UNBUILT(uint8_t, acldvppGetStreamDescEos, (const acldvppStreamDesc* streamDesc))
UNBUILT(aclvdecFrameConfig*, aclvdecCreateFrameConfig, ())
UNBUILT(aclError, aclvdecDestroyFrameConfig, (aclvdecFrameConfig * vdecFrameConfig))
UNBUILT(aclError, acldvppPngGetImageInfo,
        (const void* data, uint32_t dataSize, uint32_t* width, uint32_t* height,
         int32_t* components))
UNBUILT(aclError, acldvppPngPredictDecSize,
        (const void* data, uint32_t dataSize, acldvppPixelFormat outputPixelFormat,
         uint32_t* decSize))
UNBUILT(aclError, acldvppPngDecodeAsync,
        (acldvppChannelDesc * channelDesc, const void* data, uint32_t size,
         acldvppPicDesc* outputDesc, aclrtStream stream))
UNBUILT(aclError, aclvdecCreateChannel, (aclvdecChannelDesc * channelDesc))
UNBUILT(aclError, aclvdecDestroyChannel, (aclvdecChannelDesc * channelDesc))
UNBUILT(aclError, aclvdecSendFrame,
        (aclvdecChannelDesc * channelDesc, acldvppStreamDesc* input, acldvppPicDesc* output,
         aclvdecFrameConfig* config, void* userData))
UNBUILT(aclError, aclvdecSendSkippedFrame,
        (aclvdecChannelDesc * channelDesc, acldvppStreamDesc* input, aclvdecFrameConfig* config,
         void* userData))
UNBUILT(aclError, acldvppVpcPyrDownAsync,
        (acldvppChannelDesc * channelDesc, acldvppPicDesc* inputDesc, acldvppPicDesc* outputDesc,
         void* reserve, aclrtStream stream))
UNBUILT(aclError, aclvdecSetChannelDescOutMode,
        (aclvdecChannelDesc * channelDesc, uint32_t outMode))
UNBUILT(uint32_t, aclvdecGetChannelDescOutMode, (const aclvdecChannelDesc* channelDesc))
UNBUILT(acldvppLutMap*, acldvppCreateLutMap, ())
UNBUILT(aclError, acldvppDestroyLutMap, (acldvppLutMap * lutMap))
UNBUILT(uint32_t, acldvppGetLutMapDims, (const acldvppLutMap* lutMap))
UNBUILT(aclError, acldvppGetLutMapData,
        (const acldvppLutMap* lutMap, uint32_t dim, uint8_t** data, uint32_t* len))
UNBUILT(aclError, acldvppVpcEqualizeHistAsync,
        (const acldvppChannelDesc* channelDesc, const acldvppPicDesc* inputDesc,
         acldvppPicDesc* outputDesc, const acldvppLutMap* lutMap, aclrtStream stream))
UNBUILT(aclError, acldvppVpcCalcHistAsync,
        (acldvppChannelDesc * channelDesc, acldvppPicDesc* srcPicDesc, acldvppHist* hist,
         void* reserve, aclrtStream stream))
UNBUILT(acldvppHist*, acldvppCreateHist, ())
UNBUILT(aclError, acldvppDestroyHist, (acldvppHist * hist))
UNBUILT(uint32_t, acldvppGetHistDims, (acldvppHist * hist))
UNBUILT(aclError, acldvppGetHistData,
        (acldvppHist * hist, uint32_t dim, uint32_t** data, uint16_t* len))
UNBUILT(uint32_t, acldvppGetHistRetCode, (acldvppHist * hist))
UNBUILT(aclError, acldvppClearHist, (acldvppHist * hist))
UNBUILT(aclError, aclvdecSetChannelDescParam,
        (aclvdecChannelDesc * channelDesc, aclvdecChannelDescParamType paramType, size_t length,
         const void* param))
UNBUILT(aclError, aclvdecGetChannelDescParam,
        (const aclvdecChannelDesc* channelDesc, aclvdecChannelDescParamType paramType,
         size_t length, size_t* paramRetSize, void* param))
