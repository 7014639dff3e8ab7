#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every prototype of the AscendCL headers is exported, and the README lists those that are not built.

check_unbuilt.py ROOT LIBRARY   checks
check_unbuilt.py --write        writes the list in devices/acl/README.md anew
"""
import pathlib
import re
import subprocess
import sys
import textwrap

# What existing programs call: never in the list.
NEEDED = """
aclCreateDataBuffer aclCreateTensorDesc aclDestroyDataBuffer aclDestroyTensorDesc aclFinalize aclGetDataBufferAddr
aclGetDataBufferSizeV2 aclGetTensorDescSize aclInit aclSetTensorConst acldvppCreateBatchPicDesc acldvppCreateChannel
acldvppCreateChannelDesc acldvppCreatePicDesc acldvppCreateResizeConfig acldvppCreateRoiConfig acldvppDestroyBatchPicDesc
acldvppDestroyChannel acldvppDestroyChannelDesc acldvppDestroyPicDesc acldvppDestroyResizeConfig acldvppDestroyRoiConfig
acldvppFree acldvppGetPicDesc acldvppGetPicDescData acldvppGetPicDescHeight acldvppGetPicDescSize acldvppGetPicDescWidth
acldvppGetPicDescWidthStride acldvppJpegDecodeAsync acldvppJpegGetImageInfoV2 acldvppJpegPredictDecSize acldvppMalloc
acldvppSetPicDescData acldvppSetPicDescFormat acldvppSetPicDescHeight acldvppSetPicDescHeightStride acldvppSetPicDescSize
acldvppSetPicDescWidth acldvppSetPicDescWidthStride acldvppSetResizeConfigInterpolation acldvppVpcBatchCropResizeAsync
acldvppVpcResizeAsync aclmdlAddDatasetBuffer aclmdlCreateDataset aclmdlCreateDesc aclmdlDestroyDataset aclmdlDestroyDesc
aclmdlExecute aclmdlExecuteAsync aclmdlGetDatasetBuffer aclmdlGetDatasetNumBuffers aclmdlGetDesc aclmdlGetInputDims
aclmdlGetInputIndexByName aclmdlGetInputNameByIndex aclmdlGetInputSizeByIndex aclmdlGetNumInputs aclmdlGetNumOutputs
aclmdlGetOutputSizeByIndex aclmdlLoadFromFile aclmdlLoadFromFileWithMem aclmdlQuerySize aclmdlSetDynamicBatchSize aclmdlUnload
aclopCast aclopCreateAttr aclopDestroyAttr aclopExecuteV2 aclopSetModelDir aclrtCreateContext aclrtCreateStream
aclrtDestroyContext aclrtDestroyStream aclrtFree aclrtFreeHost aclrtGetCurrentContext aclrtGetMemInfo aclrtGetRunMode
aclrtGetSocName aclrtLaunchCallback aclrtMalloc aclrtMallocHost aclrtMemcpy aclrtMemcpyAsync aclrtMemsetAsync
aclrtProcessReport aclrtResetDevice aclrtSetCurrentContext aclrtSetDevice aclrtSubscribeReport aclrtSynchronizeStream
aclrtUnSubscribeReport
""".split()
HEADING = '## Not built\n'


def names(folder, pattern, form):
    return sorted({name for path in folder.rglob(pattern) for name in re.findall(form, path.read_text())})


def listed(readme):
    return sorted(re.findall(r'\b(?:acl|hi_)\w+', readme.split(HEADING)[1].split('\n## ')[0].split('\n\n', 2)[-1]))


def write(root, unbuilt):
    path = root / 'devices/acl/README.md'
    head, rest = path.read_text().split(HEADING)
    after = rest.split('\n## ', 1)
    lines = textwrap.fill(' '.join(unbuilt), 118, break_long_words=False)
    intro = after[0].strip().split('\n\n')[0]
    path.write_text(f'{head}{HEADING}\n{intro}\n\n{lines}\n' + (f'\n## {after[1]}' if len(after) > 1 else ''))


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 2 else pathlib.Path(__file__).resolve().parents[3]
    acl = root / 'devices/acl'
    unbuilt = names(acl / 'soft/unbuilt', '*.cpp', r'UNBUILT\(\s*[^,]+,\s*(\w+)')
    if sys.argv[1] == '--write':
        return write(root, unbuilt)
    problems = []
    in_readme = listed((acl / 'README.md').read_text())
    if in_readme != unbuilt:
        problems.append('devices/acl/README.md does not list what is not built; run check_unbuilt.py --write: '
                        + ' '.join(sorted(set(in_readme) ^ set(unbuilt))))
    needed = sorted(set(NEEDED) & set(unbuilt))
    if needed:
        problems.append(f'existing programs call what is not built: {" ".join(needed)}')
    declared = names(acl / 'include', '*.h', r'\b(acl\w+)\(')
    declared = [name for name in declared if name[3].islower() or name[3].isupper()]
    symbols = subprocess.run(['nm', '-D', '--defined-only', sys.argv[2]], stdout=subprocess.PIPE, text=True, check=True)
    exported = {line.split()[-1] for line in symbols.stdout.splitlines()}
    missing = [name for name in declared if name not in exported]
    if missing:
        problems.append(f'declared, but not exported with C linkage: {" ".join(missing)}')
    print(f'{len(declared)} functions declared, {len(unbuilt)} of them not built')
    return '\n'.join(problems) or 0


sys.exit(main())
